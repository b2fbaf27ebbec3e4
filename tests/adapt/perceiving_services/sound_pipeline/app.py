import io

import soundfile as sf
from fastapi import FastAPI, File, UploadFile
from transformers import pipeline

app = FastAPI()
classifier = pipeline("audio-classification", model="model")


@app.post("/classify")
async def classify(file: UploadFile = File(...)):
    samples, rate = sf.read(io.BytesIO(await file.read()), dtype="float32")
    return classifier({"raw": samples, "sampling_rate": rate}, top_k=2)
