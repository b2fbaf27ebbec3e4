from flask import Flask, jsonify, request
import subprocess

import soundfile
app = Flask(__name__)


@app.post("/predict")
def predict():
    x = request.get_json()["x"]
    return jsonify({"y": sum(x), "ffmpeg": subprocess.run(["ffmpeg", "-version"], capture_output=True).stdout.decode()[:14], "formats": "WAV" in soundfile.available_formats()})

if __name__ == "__main__":
    app.run(host="0.0.0.0", port=18719)
