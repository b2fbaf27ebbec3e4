from flask import Flask, jsonify, request

from paraphrase import check_device, load_model, load_tokenizer, paraphrase, set_seed

set_seed(42)
device = check_device()
model = load_model("model")
model = model.to(device)
tokenizer = load_tokenizer()

app = Flask(__name__)


@app.route("/run_forward", methods=["POST"])
def forward():
    params = request.get_json()
    sentence = params["sentence"]
    count = params.get("count", 3)
    return jsonify({"sentence": sentence, "paraphrases": paraphrase(sentence, model, tokenizer, device, count)})


@app.route("/")
def index():
    return "Paraphraser. POST a sentence to /run_forward"


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=5000, debug=False)
