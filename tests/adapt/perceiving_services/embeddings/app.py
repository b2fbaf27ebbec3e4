import io

import torch
from fastapi import FastAPI, UploadFile
from PIL import Image
from transformers import AutoImageProcessor, AutoModel

app = FastAPI()
processor = AutoImageProcessor.from_pretrained("model")
model = AutoModel.from_pretrained("model")
model.eval()


def embed(data: bytes):
    image = Image.open(io.BytesIO(data)).convert("RGB")
    inputs = processor(images=image, return_tensors="pt")
    with torch.no_grad():
        outputs = model(**inputs)
    features = outputs.last_hidden_state[:, 0, :]
    return torch.nn.functional.normalize(features, p=2, dim=1)


@app.post("/embed")
async def embed_picture(file: UploadFile):
    return {"embedding": embed(await file.read())[0].tolist()}


@app.post("/similarity")
async def similarity(first: UploadFile, second: UploadFile):
    a = embed(await first.read())
    b = embed(await second.read())
    return {"similarity": torch.nn.functional.cosine_similarity(a, b).item()}
