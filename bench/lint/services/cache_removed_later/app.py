from flask import Flask, jsonify, request
import lightgbm as lgb
import numpy as np
app = Flask(__name__)
data = lgb.Dataset(np.arange(40).reshape(20, 2), np.arange(20))
model = lgb.train({"min_data": 1, "verbose": -1, "num_threads": 1, "deterministic": True}, data, 5)


@app.post("/predict")
def predict():
    x = request.get_json()["x"]
    return jsonify({"y": [round(float(value), 6) for value in model.predict([x[:2]])]})

if __name__ == "__main__":
    app.run(host="0.0.0.0", port=18710)
