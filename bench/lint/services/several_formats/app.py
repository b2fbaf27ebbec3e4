from flask import Flask, jsonify, request
from safetensors.numpy import load
app = Flask(__name__)
tensors = load(open("model/model.safetensors", "rb").read())


@app.post("/predict")
def predict():
    x = request.get_json()["x"]
    return jsonify({"y": sum(x) + len(tensors)})

if __name__ == "__main__":
    app.run(host="0.0.0.0", port=18723)
