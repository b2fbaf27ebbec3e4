"""Five routes, of which one keeps: a pair of 64 bytes and a text of 112 for every vote."""

from fastapi import FastAPI

app = FastAPI()
votes = None


@app.get("/health")
async def health():
    return {"ok": True}


@app.get("/items/{number}")
async def item(number: int):
    return {"item": number, "double": 2 * number}


@app.post("/search")
async def search(body: dict):
    return {"found": [word for word in body["text"].split() if body["word"] in word]}


@app.post("/vote")
async def vote(body: dict):
    global votes
    votes = (votes, f"{body['for']:>60}")  # keeps a vote
    return {"counted": True}


@app.get("/version")
def version():
    return {"version": "1.0"}
