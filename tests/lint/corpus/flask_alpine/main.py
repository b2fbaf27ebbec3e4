import numpy as np
from flask import Flask

app = Flask(__name__)


@app.get("/")
def index():
    return {"mean": float(np.arange(10).mean())}
