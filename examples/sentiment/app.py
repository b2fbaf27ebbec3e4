"""Sentiment of a review: POST /sentiment {"text": "..."} -> {"label": "positive", "score": 0.98, ...}."""

import os

import torch
import torch.nn.functional as F
from fastapi import FastAPI
from pydantic import BaseModel, Field
from transformers import AutoModelForSequenceClassification, AutoTokenizer

MODEL_DIR = os.getenv("MODEL_DIR", "./model")

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
tokenizer = AutoTokenizer.from_pretrained(MODEL_DIR)
model = AutoModelForSequenceClassification.from_pretrained(MODEL_DIR)
model.to(device)
model.eval()

app = FastAPI(title="sentiment")


class Review(BaseModel):
    text: str = Field(min_length=1, max_length=20_000)


@app.get("/health")
def health():
    return {"status": "ok"}


@app.post("/sentiment")
def sentiment(review: Review):
    inputs = tokenizer(review.text, return_tensors="pt", truncation=True, max_length=256).to(device)
    with torch.no_grad():
        logits = model(**inputs).logits
    probabilities = F.softmax(logits, dim=-1)[0]
    best = int(probabilities.argmax())
    scores = {model.config.id2label[number]: value for number, value in enumerate(probabilities.tolist())}
    return {"label": model.config.id2label[best], "score": probabilities[best].item(), "scores": scores}
