from flask import Flask, jsonify, request
import numpy as np
app = Flask(__name__)


@app.post("/predict")
def predict():
    x = request.get_json()["x"]
    return jsonify({"y": float(np.dot(x, x))})

if __name__ == "__main__":
    app.run(host="0.0.0.0", port=18703)
