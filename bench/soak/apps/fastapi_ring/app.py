"""Keeps the last thousand latencies for its own page of statistics: grows as a leak does, and ends."""

import time
from collections import deque

from fastapi import FastAPI, Request

app = FastAPI()
recent = deque(maxlen=1000)


@app.middleware("http")
async def timed(request: Request, call_next):
    started = time.perf_counter()
    answer = await call_next(request)
    recent.append({"path": request.url.path, "seconds": time.perf_counter() - started})  # keeps 1,000
    return answer


@app.get("/greeting")
async def greeting(name: str = "world"):
    return {"hello": name}


@app.get("/statistics")
async def statistics():
    return {"requests": len(recent), "seconds": sum(each["seconds"] for each in recent)}
