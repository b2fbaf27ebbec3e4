import torch
from flask import Flask, jsonify, request
from PIL import Image
from transformers import ViTForImageClassification, ViTImageProcessor

app = Flask(__name__)


class ImageClassifier:
    def __init__(self, path):
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.processor = ViTImageProcessor.from_pretrained(path)
        self.model = ViTForImageClassification.from_pretrained(path).to(self.device)
        self.model.eval()

    def predict(self, image):
        inputs = self.processor(images=image, return_tensors="pt").to(self.device)
        with torch.no_grad():
            logits = self.model(**inputs).logits
        predicted = logits.argmax(-1).item()
        return self.model.config.id2label[predicted]


classifier = ImageClassifier("model")


@app.route("/predict", methods=["POST"])
def predict():
    if "image" not in request.files:
        return jsonify({"error": "no image"}), 400
    file = request.files["image"]
    image = Image.open(file.stream).convert("RGB")
    return jsonify({"label": classifier.predict(image)})


if __name__ == "__main__":
    app.run(host="0.0.0.0", port=8000)
