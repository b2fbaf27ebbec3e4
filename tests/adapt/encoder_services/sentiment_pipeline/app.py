import os

from flask import Flask, jsonify, request
from transformers import pipeline

app = Flask(__name__)
classifier = pipeline("sentiment-analysis", model=os.environ.get("MODEL", "./model"), device=-1)


@app.route("/", methods=["GET"])
def index():
    return "POST a text to /predict"


@app.route("/predict", methods=["POST"])
def predict():
    data = request.get_json(force=True)
    if "text" not in data:
        return jsonify({"error": "no text"}), 400
    result = classifier(data["text"], truncation=True)[0]
    return jsonify({"label": result["label"], "confidence": round(result["score"], 2)})


@app.route("/batch", methods=["POST"])
def batch():
    texts = request.get_json()["texts"]
    results = classifier(texts, batch_size=8, truncation=True, max_length=32)
    return jsonify([{"text": t, **r} for t, r in zip(texts, results)])


@app.route("/all", methods=["POST"])
def every():
    return jsonify(classifier(request.get_json()["text"], top_k=None))
