from flask import Flask, jsonify, request

app = Flask(__name__)
weights = open("weights/model.bin", "rb").read(4)


@app.post("/predict")
def predict():
    x = request.get_json()["x"]
    return jsonify({"y": sum(x) + weights[0]})

if __name__ == "__main__":
    app.run(host="0.0.0.0", port=18709)
