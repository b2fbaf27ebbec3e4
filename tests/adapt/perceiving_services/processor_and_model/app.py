import io
import os
from contextlib import asynccontextmanager

import torch
from fastapi import FastAPI, File, HTTPException, UploadFile
from PIL import Image, UnidentifiedImageError
from pydantic import BaseModel
from transformers import AutoImageProcessor, AutoModelForImageClassification

MODEL_DIR = os.getenv("MODEL_DIR", "model")
state = {}


class Prediction(BaseModel):
    label: str
    score: float


@asynccontextmanager
async def lifespan(app: FastAPI):
    state["processor"] = AutoImageProcessor.from_pretrained(MODEL_DIR)
    state["model"] = AutoModelForImageClassification.from_pretrained(MODEL_DIR)
    state["model"].eval()
    yield
    state.clear()


app = FastAPI(lifespan=lifespan)


@app.post("/classify", response_model=list[Prediction])
async def classify(file: UploadFile = File(...), top_k: int = 5):
    if not file.content_type.startswith("image/"):
        raise HTTPException(status_code=415, detail="not an image")
    try:
        image = Image.open(io.BytesIO(await file.read())).convert("RGB")
    except UnidentifiedImageError:
        raise HTTPException(status_code=400, detail="cannot read this image")
    inputs = state["processor"](images=image, return_tensors="pt")
    with torch.no_grad():
        outputs = state["model"](**inputs)
    probabilities = outputs.logits.softmax(-1)[0]
    top = probabilities.topk(min(top_k, probabilities.shape[-1]))
    return [
        Prediction(label=state["model"].config.id2label[index.item()], score=round(score.item(), 4))
        for score, index in zip(top.values, top.indices)
    ]
