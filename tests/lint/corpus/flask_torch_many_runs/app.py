from flask import Flask, jsonify, request
from transformers import pipeline

app = Flask(__name__)
classify = pipeline("sentiment-analysis", model="./model")


@app.route("/classify", methods=["POST"])
def run():
    return jsonify(classify(request.json["text"]))
