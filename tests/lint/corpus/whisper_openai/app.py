import whisper
from flask import Flask

app = Flask(__name__)
model = whisper.load_model("base")
