"""Counts words. Keeps nothing: an app factory, a blueprint, JSON in and out."""

from collections import Counter

from flask import Blueprint, Flask, jsonify, request

words = Blueprint("words", __name__)


@words.post("/count")
def count():
    text = request.get_json()["text"]
    return jsonify({word: n for word, n in Counter(text.split()).most_common(5)})


@words.get("/words/<word>")
def length(word):
    return jsonify(word=word, length=len(word))


def create_app():
    app = Flask(__name__)
    app.register_blueprint(words)
    return app


app = create_app()
