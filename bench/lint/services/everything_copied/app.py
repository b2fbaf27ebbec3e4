from flask import Flask, jsonify, request

app = Flask(__name__)


@app.post("/predict")
def predict():
    x = request.get_json()["x"]
    return jsonify({"y": sum(x)})

if __name__ == "__main__":
    app.run(host="0.0.0.0", port=18711)
