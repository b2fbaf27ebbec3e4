from flask import Flask, jsonify, request
import torch
app = Flask(__name__)
torch.set_num_threads(1)


@app.post("/predict")
def predict():
    x = request.get_json()["x"]
    return jsonify({"y": torch.tensor(x).float().softmax(0).tolist()})

if __name__ == "__main__":
    app.run(host="0.0.0.0", port=18715)
