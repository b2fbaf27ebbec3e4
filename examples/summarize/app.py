"""Summaries: POST /summarize {"text": "..."} -> {"summary": "..."}."""

from fastapi import FastAPI
from pydantic import BaseModel, Field
from transformers import pipeline

summarizer = pipeline("summarization", model="model", tokenizer="model", device=-1)

app = FastAPI(title="summarize")


class Article(BaseModel):
    text: str = Field(min_length=1, max_length=20_000)
    max_length: int = Field(default=32, ge=8, le=64)


@app.get("/health")
def health():
    return {"status": "ok"}


@app.post("/summarize")
def summarize(article: Article):
    text = " ".join(article.text.split())
    found = summarizer(text, num_beams=4, min_length=6, max_new_tokens=article.max_length, truncation=True)
    return {"summary": found[0]["summary_text"]}
