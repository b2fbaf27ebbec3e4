import io

import torch
from fastapi import FastAPI, UploadFile
from PIL import Image
from torchvision import transforms
from transformers import AutoModelForImageClassification

model = AutoModelForImageClassification.from_pretrained("model")
prepare = transforms.Compose([transforms.Resize((32, 32)), transforms.ToTensor()])
app = FastAPI()


@app.post("/predict")
async def predict(file: UploadFile):
    image = Image.open(io.BytesIO(await file.read())).convert("RGB")
    with torch.no_grad():
        logits = model(prepare(image).unsqueeze(0)).logits
    return {"label": model.config.id2label[int(logits.argmax())]}
