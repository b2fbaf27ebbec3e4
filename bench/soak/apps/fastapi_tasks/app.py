"""Starts a task for each request that waits for a signal which never comes."""

import asyncio

from fastapi import FastAPI

app = FastAPI()
WAITING = set()


async def notified(event):
    await event.wait()


@app.post("/subscribe")
async def subscribe():
    task = asyncio.get_running_loop().create_task(notified(asyncio.Event()))
    WAITING.add(task)  # keeps a task
    return {"waiting": True}


@app.post("/poke")
async def poke():
    await asyncio.get_running_loop().create_task(asyncio.sleep(0))
    return {"poked": True}
