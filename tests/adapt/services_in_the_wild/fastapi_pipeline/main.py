import logging

import uvicorn
from fastapi import FastAPI, HTTPException
from fastapi.middleware.cors import CORSMiddleware
from pydantic import BaseModel
from transformers import pipeline

logging.basicConfig(level=logging.INFO)
logger = logging.getLogger(__name__)

app = FastAPI(title="Summarizer", version="0.1.0")
app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["*"], allow_headers=["*"])

summarizer = pipeline("summarization", model="model", tokenizer="model", framework="pt")


class TextInput(BaseModel):
    text: str
    max_length: int = 30
    min_length: int = 5


class SummaryOutput(BaseModel):
    summary: str
    length: int


@app.get("/")
async def root():
    return {"message": "Summarization API is running"}


@app.post("/summarize", response_model=SummaryOutput)
def summarize(payload: TextInput):
    if not payload.text:
        raise HTTPException(status_code=400, detail="Text is empty")
    logger.info("summarizing %d characters", len(payload.text))
    result = summarizer(payload.text, max_length=payload.max_length, min_length=payload.min_length, do_sample=False)
    summary = result[0]["summary_text"]
    return SummaryOutput(summary=summary, length=len(summary.split()))


@app.post("/batch")
def batch(payloads: list[TextInput]):
    texts = [p.text for p in payloads]
    return {"summaries": [r["summary_text"] for r in summarizer(texts, max_length=20, truncation=True)]}


if __name__ == "__main__":
    uvicorn.run("main:app", host="0.0.0.0", port=8000, reload=False)
