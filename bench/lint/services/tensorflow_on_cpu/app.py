from flask import Flask, jsonify, request
import tensorflow as tf
app = Flask(__name__)


@app.post("/predict")
def predict():
    x = request.get_json()["x"]
    return jsonify({"y": float(tf.reduce_sum(tf.constant(x, tf.float32)))})

if __name__ == "__main__":
    app.run(host="0.0.0.0", port=18714)
