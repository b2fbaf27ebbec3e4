from flask import Flask, jsonify, request
import numpy as np
import onnxruntime as ort
app = Flask(__name__)
session = ort.InferenceSession("model.onnx", providers=["CPUExecutionProvider"])


@app.post("/predict")
def predict():
    x = request.get_json()["x"]
    return jsonify({"y": session.run(None, {"x": np.asarray([x], np.float32)})[0][0, :5].tolist()})
