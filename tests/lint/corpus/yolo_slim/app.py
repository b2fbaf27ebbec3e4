from flask import Flask
from ultralytics import YOLO

app = Flask(__name__)
model = YOLO("best.pt")
app.run(host="0.0.0.0", port=5000)
