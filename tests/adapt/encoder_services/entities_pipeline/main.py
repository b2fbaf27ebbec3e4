from functools import lru_cache
from typing import List

from fastapi import Depends, FastAPI
from pydantic import BaseModel
from transformers import pipeline

app = FastAPI(title="NER")


class Doc(BaseModel):
    text: str


class Entity(BaseModel):
    entity_group: str
    word: str
    start: int
    end: int
    score: float


@lru_cache()
def get_ner():
    return pipeline("ner", model="model", tokenizer="model", aggregation_strategy="simple")


@app.post("/entities", response_model=List[Entity])
def entities(doc: Doc, ner=Depends(get_ner)):
    return [Entity(**{**e, "score": float(e["score"])}) for e in ner(doc.text)]


@app.post("/redact")
def redact(doc: Doc, ner=Depends(get_ner)):
    text = doc.text
    for ent in sorted(ner(text), key=lambda e: -e["start"]):
        text = text[: ent["start"]] + "[" + ent["entity_group"] + "]" + text[ent["end"] :]
    return {"text": text}
