from flask import Flask, jsonify, request

from moderation import ToxicityModel

app = Flask(__name__)
moderator = ToxicityModel("model", threshold=0.5)


@app.post("/moderate")
def moderate():
    text = request.json.get("text", "")
    scores = moderator.score(text)
    return jsonify(flagged=moderator.is_toxic(scores), scores=scores)


@app.get("/labels")
def labels():
    return jsonify(labels=moderator.labels, device=str(moderator.device))
