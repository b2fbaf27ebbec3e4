"""Spelling to phonemes: POST /pronounce {"word": "transformer"} -> {"phonemes": "T R AE N Z F AO R M ER"}."""

import os

import torch
from flask import Flask, jsonify, request
from transformers import AutoTokenizer, T5ForConditionalGeneration

MODEL_DIR = os.environ.get("MODEL_DIR", "model")

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
tokenizer = AutoTokenizer.from_pretrained(MODEL_DIR)
model = T5ForConditionalGeneration.from_pretrained(MODEL_DIR)
model.to(device)
model.eval()

app = Flask(__name__)


@app.route("/health")
def health():
    return jsonify({"status": "ok"})


@app.route("/pronounce", methods=["POST"])
def pronounce():
    payload = request.get_json(silent=True) or {}
    word = payload.get("word")
    if not isinstance(word, str) or not word.strip():
        return jsonify({"error": "send a JSON object with a word"}), 400

    inputs = tokenizer(word.strip().lower(), return_tensors="pt", truncation=True, max_length=32).to(device)
    with torch.no_grad():
        output = model.generate(**inputs, max_new_tokens=24)
    phonemes = tokenizer.decode(output[0], skip_special_tokens=True)
    return jsonify({"word": word, "phonemes": phonemes})


if __name__ == "__main__":
    app.run(host="0.0.0.0", port=8080)
