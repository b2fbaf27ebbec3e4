from flask import Flask, jsonify, request

app = Flask(__name__)


@app.post("/predict")
def predict():
    x = request.get_json()["x"]
    return jsonify({"y": sum(x)})
