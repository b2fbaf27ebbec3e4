import keras
from flask import Flask

app = Flask(__name__)
model = keras.models.load_model("mnist.keras")
app.run(host="0.0.0.0")
