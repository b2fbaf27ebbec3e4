import io
import logging

import torch
from fastapi import FastAPI, File, UploadFile
from fastapi.responses import JSONResponse
from PIL import Image
from transformers import AutoImageProcessor, ResNetForImageClassification

logger = logging.getLogger(__name__)
app = FastAPI()
model = None
processor = None


@app.on_event("startup")
def load():
    global model, processor
    processor = AutoImageProcessor.from_pretrained("model")
    model = ResNetForImageClassification.from_pretrained("model")
    logger.info("model loaded")


@app.post("/predict")
async def predict(image: UploadFile = File(...)):
    contents = await image.read()
    try:
        pil_image = Image.open(io.BytesIO(contents))
        if pil_image.mode != "RGB":
            pil_image = pil_image.convert("RGB")
    except Exception as error:
        return JSONResponse(status_code=400, content={"error": str(error)})
    inputs = processor(pil_image, return_tensors="pt")
    with torch.no_grad():
        outputs = model(pixel_values=inputs["pixel_values"])
    probs = torch.softmax(outputs.logits, dim=-1)
    top_probs, top_ids = torch.topk(probs, k=3)
    return {
        "predictions": [
            {"class": model.config.id2label[i.item()], "probability": p.item()}
            for p, i in zip(top_probs[0], top_ids[0])
        ]
    }
