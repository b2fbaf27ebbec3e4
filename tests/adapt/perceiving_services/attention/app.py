import io

import torch
from fastapi import FastAPI, UploadFile
from PIL import Image
from transformers import AutoImageProcessor, AutoModelForImageClassification

processor = AutoImageProcessor.from_pretrained("model")
model = AutoModelForImageClassification.from_pretrained("model", output_attentions=True)
app = FastAPI()


@app.post("/explain")
async def explain(file: UploadFile):
    image = Image.open(io.BytesIO(await file.read())).convert("RGB")
    inputs = processor(images=image, return_tensors="pt")
    with torch.no_grad():
        outputs = model(**inputs)
    heat = outputs.attentions[-1].mean(dim=1)[0, 0, 1:]
    return {"label": model.config.id2label[int(outputs.logits.argmax())], "heat": heat.tolist()}
