import os

from flask import Flask, jsonify, request

from summarizer import Summarizer

app = Flask(__name__)
summarizer = Summarizer(os.getenv("MODEL_PATH", "model"))


@app.route("/api/summarize", methods=["POST"])
def summarize():
    data = request.get_json(force=True)
    try:
        text = data["text"]
        max_length = int(data.get("max_length", 32))
    except (KeyError, TypeError, ValueError) as e:
        return jsonify({"error": f"bad request: {type(e).__name__}"}), 400
    return jsonify(summarizer(text, max_length=max_length))


@app.route("/ping")
def ping():
    return "pong"


if __name__ == "__main__":
    port = int(os.environ.get("PORT", 5000))
    app.run(host="0.0.0.0", port=port, threaded=True)
