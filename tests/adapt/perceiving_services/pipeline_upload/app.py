"""A picture in, its three likeliest labels out."""
import io

from fastapi import FastAPI, File, UploadFile
from PIL import Image
from transformers import pipeline

app = FastAPI(title="Image classifier")
classifier = pipeline("image-classification", model="./model")


@app.get("/health")
def health():
    return {"status": "ok"}


@app.post("/predict")
async def predict(file: UploadFile = File(...)):
    image = Image.open(io.BytesIO(await file.read())).convert("RGB")
    results = classifier(image, top_k=3)
    return {"filename": file.filename, "predictions": results}
