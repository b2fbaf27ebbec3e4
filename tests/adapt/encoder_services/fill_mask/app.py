from flask import Flask, jsonify, request
from transformers import pipeline

unmasker = pipeline("fill-mask", model="model")
app = Flask(__name__)


@app.route("/fill", methods=["POST"])
def fill():
    text = request.json["text"].replace("___", unmasker.tokenizer.mask_token)
    try:
        result = unmasker(text, top_k=int(request.args.get("k", 3)))
    except Exception:
        return jsonify({"error": "put one ___ into the text"}), 400
    return jsonify([{"word": r["token_str"].strip(), "score": r["score"], "text": r["sequence"]} for r in result])


@app.route("/which", methods=["POST"])
def which():
    text = request.json["text"].replace("___", unmasker.tokenizer.mask_token)
    return jsonify(unmasker(text, targets=request.json["words"])[0]["token_str"])
