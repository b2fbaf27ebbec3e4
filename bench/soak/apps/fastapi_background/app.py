"""An audit line is kept by a background task, after the answer has gone out; another route's task keeps nothing."""

from fastapi import BackgroundTasks, FastAPI

app = FastAPI()
AUDIT = []


def audit(line):
    AUDIT.append(line.encode().ljust(400))  # keeps an audit line


def tidy(line):
    line.encode().ljust(400)


@app.post("/order")
async def order(body: dict, tasks: BackgroundTasks):
    tasks.add_task(audit, body["item"])
    return {"ordered": body["item"]}


@app.post("/quote")
async def quote(body: dict, tasks: BackgroundTasks):
    tasks.add_task(tidy, body["item"])
    return {"price": len(body["item"])}
