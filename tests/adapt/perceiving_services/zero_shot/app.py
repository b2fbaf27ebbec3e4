import io

import torch
from fastapi import FastAPI, File, Form, UploadFile
from PIL import Image
from transformers import CLIPModel, CLIPProcessor

model = CLIPModel.from_pretrained("model")
processor = CLIPProcessor.from_pretrained("model")
app = FastAPI()


@app.post("/zero-shot")
async def zero_shot(labels: str = Form(...), file: UploadFile = File(...)):
    names = labels.split(",")
    image = Image.open(io.BytesIO(await file.read())).convert("RGB")
    inputs = processor(text=names, images=image, return_tensors="pt", padding=True)
    with torch.no_grad():
        outputs = model(**inputs)
    probs = outputs.logits_per_image.softmax(dim=1)[0].tolist()
    return dict(zip(names, probs))
