import io
import wave

import numpy as np
import torch
from fastapi import FastAPI, Request
from transformers import Wav2Vec2FeatureExtractor, Wav2Vec2ForSequenceClassification

app = FastAPI()
extractor = Wav2Vec2FeatureExtractor.from_pretrained("model")
model = Wav2Vec2ForSequenceClassification.from_pretrained("model").eval()


@app.post("/keyword")
async def keyword(request: Request):
    with wave.open(io.BytesIO(await request.body())) as sound:
        frames = sound.readframes(sound.getnframes())
    samples = np.frombuffer(frames, dtype=np.int16).astype(np.float32) / 32768.0
    inputs = extractor(samples, sampling_rate=16000, return_tensors="pt", padding=True)
    with torch.no_grad():
        logits = model(inputs.input_values).logits
    predicted = torch.argmax(logits, dim=-1).item()
    return {"keyword": model.config.id2label[predicted]}
