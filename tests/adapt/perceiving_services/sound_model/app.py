import io

import soundfile as sf
import torch
from flask import Flask, jsonify, request
from transformers import AutoFeatureExtractor, AutoModelForAudioClassification

feature_extractor = AutoFeatureExtractor.from_pretrained("model")
model = AutoModelForAudioClassification.from_pretrained("model")
app = Flask(__name__)


@app.route("/emotion", methods=["POST"])
def emotion():
    audio, sr = sf.read(io.BytesIO(request.files["audio"].read()))
    if audio.ndim > 1:
        audio = audio.mean(axis=1)
    inputs = feature_extractor(audio, sampling_rate=feature_extractor.sampling_rate, return_tensors="pt")
    with torch.no_grad():
        logits = model(**inputs).logits
    probabilities = torch.nn.functional.softmax(logits, dim=-1)[0]
    return jsonify({model.config.id2label[i]: float(p) for i, p in enumerate(probabilities)})
