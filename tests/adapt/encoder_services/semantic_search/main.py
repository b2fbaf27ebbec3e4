from fastapi import FastAPI
from pydantic import BaseModel

from embedder import Embedder

DOCUMENTS = [
    "The quick brown fox jumps over the lazy dog.",
    "Paris is the capital city of France.",
    "hello world",
    "what a world of brown foxes",
]

app = FastAPI()


class Query(BaseModel):
    query: str
    k: int = 2


@app.on_event("startup")
def startup():
    app.state.embedder = Embedder()
    app.state.index = app.state.embedder.encode(DOCUMENTS)


@app.post("/search")
def search(q: Query):
    vector = app.state.embedder.encode([q.query])
    scores = (vector @ app.state.index.T).squeeze(0)
    values, places = scores.topk(min(q.k, len(DOCUMENTS)))
    return [{"text": DOCUMENTS[i], "score": s} for s, i in zip(values.tolist(), places.tolist())]


@app.post("/embed")
def embed(q: Query):
    return {"embedding": app.state.embedder.encode([q.query])[0].tolist()}
