import base64
from io import BytesIO
from typing import List

import torch
import torch.nn.functional as F
from fastapi import FastAPI
from PIL import Image
from pydantic import BaseModel
from transformers import AutoFeatureExtractor, AutoModelForImageClassification

device = "cuda:0" if torch.cuda.is_available() else "cpu"
extractor = AutoFeatureExtractor.from_pretrained("./model")
model = AutoModelForImageClassification.from_pretrained("./model").to(device)
labels = model.config.id2label

app = FastAPI()


class Request(BaseModel):
    images: List[str]


def decode(data: str) -> Image.Image:
    if "," in data:
        data = data.split(",")[1]
    return Image.open(BytesIO(base64.b64decode(data))).convert("RGB")


@app.post("/batch")
def batch(request: Request):
    pictures = [decode(one) for one in request.images]
    inputs = extractor(pictures, return_tensors="pt")
    inputs = {name: value.to(device) for name, value in inputs.items()}
    with torch.inference_mode():
        logits = model(**inputs).logits
    scores = F.softmax(logits, dim=1)
    best, which = torch.max(scores, dim=1)
    return {
        "results": [
            {"label": labels[index], "confidence": float(score), "all": {labels[i]: p for i, p in enumerate(row)}}
            for index, score, row in zip(which.tolist(), best.tolist(), scores.cpu().numpy().tolist())
        ]
    }
