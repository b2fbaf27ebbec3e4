import cv2
import numpy as np
import onnxruntime as ort
from flask import Flask, request

app = Flask(__name__)
session = ort.InferenceSession("resnet.onnx", providers=["CPUExecutionProvider"])


@app.post("/")
def run():
    image = cv2.imdecode(np.frombuffer(request.data, np.uint8), cv2.IMREAD_COLOR)
    x = cv2.resize(image, (224, 224)).transpose(2, 0, 1)[None].astype("float32")
    return {"class": int(session.run(None, {"data": x})[0].argmax())}
