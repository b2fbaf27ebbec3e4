import tensorflow as tf
from flask import Flask

app = Flask(__name__)
model = tf.keras.models.load_model("model.h5")

if __name__ == "__main__":
    app.run(debug=True, host="0.0.0.0")
