from flask import Blueprint, current_app, jsonify, request

from . import model

bp = Blueprint("api", __name__)


@bp.before_request
def limit():
    body = request.get_json(silent=True) or {}
    if len(str(body.get("text", ""))) > current_app.config["MAX_CHARS"]:
        return jsonify({"error": "text too long"}), 413


@bp.route("/correct", methods=["POST"])
def correct():
    body = request.get_json(silent=True) or {}
    text = body.get("text")
    if not text:
        return jsonify({"error": "text is required"}), 400
    corrected = model.correct(text)
    return jsonify({"text": text, "corrected": corrected, "changed": corrected != text})


@bp.route("/info")
def info():
    return jsonify({"device": model.device_name(), "vocab_size": len(model.get_tokenizer())})
