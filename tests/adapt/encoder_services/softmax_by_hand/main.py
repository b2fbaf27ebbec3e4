import logging
from contextlib import asynccontextmanager

import torch
import torch.nn.functional as F
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel
from transformers import AutoModelForSequenceClassification, AutoTokenizer

logger = logging.getLogger("uvicorn")
ml = {}


@asynccontextmanager
async def lifespan(app: FastAPI):
    device = "cuda" if torch.cuda.is_available() else "cpu"
    ml["tokenizer"] = AutoTokenizer.from_pretrained("model")
    ml["model"] = AutoModelForSequenceClassification.from_pretrained("model").to(device)
    ml["model"].eval()
    ml["device"] = device
    logger.info("model on %s", device)
    yield
    ml.clear()


app = FastAPI(lifespan=lifespan)


class TextIn(BaseModel):
    texts: list[str]


class Prediction(BaseModel):
    label: str
    score: float
    scores: dict[str, float]


@app.post("/predict", response_model=list[Prediction])
def predict(payload: TextIn):
    if not payload.texts:
        raise HTTPException(status_code=422, detail="no texts")
    tokenizer, model = ml["tokenizer"], ml["model"]
    inputs = tokenizer(payload.texts, padding=True, truncation=True, max_length=32, return_tensors="pt")
    inputs = {k: v.to(ml["device"]) for k, v in inputs.items()}
    with torch.no_grad():
        outputs = model(**inputs)
    probs = F.softmax(outputs.logits, dim=-1)
    confidences, predicted = torch.max(probs, dim=1)
    results = []
    for i, (conf, pred) in enumerate(zip(confidences, predicted)):
        scores = {model.config.id2label[j]: round(float(p), 4) for j, p in enumerate(probs[i])}
        results.append(Prediction(label=model.config.id2label[pred.item()], score=conf.item(), scores=scores))
    return results
