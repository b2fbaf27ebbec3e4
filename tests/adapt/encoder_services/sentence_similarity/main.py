from fastapi import FastAPI
from pydantic import BaseModel
from sentence_transformers import SentenceTransformer, util

model = SentenceTransformer("model")
app = FastAPI()


class Pair(BaseModel):
    source: str
    candidates: list[str]


@app.post("/similarity")
def similarity(pair: Pair):
    embeddings = model.encode([pair.source] + pair.candidates, convert_to_tensor=True)
    scores = util.cos_sim(embeddings[0], embeddings[1:])[0]
    return {"scores": scores.tolist(), "best": pair.candidates[int(scores.argmax())]}


@app.post("/embed")
def embed(pair: Pair):
    return {"vectors": model.encode(pair.candidates, normalize_embeddings=True).tolist()}
