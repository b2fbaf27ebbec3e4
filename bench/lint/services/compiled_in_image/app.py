from flask import Flask, jsonify, request
import fast
app = Flask(__name__)


@app.post("/predict")
def predict():
    x = request.get_json()["x"]
    return jsonify({"y": fast.doubled(int(x[0]))})

if __name__ == "__main__":
    app.run(host="0.0.0.0", port=18713)
