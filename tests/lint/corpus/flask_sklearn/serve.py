import pickle

from flask import Flask, request

app = Flask(__name__)
with open("model.pkl", "rb") as f:
    model = pickle.load(f)


@app.post("/predict")
def predict():
    return {"y": model.predict([request.json["x"]]).tolist()}


if __name__ == "__main__":
    app.run(host="0.0.0.0", port=8080)
