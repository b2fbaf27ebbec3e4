"""Large arrays of changing size, all given back: resident memory jumps, and nothing is kept."""

import random

import numpy as np
from flask import Flask, jsonify, request

app = Flask(__name__)


@app.post("/spectrum")
def spectrum():
    size = 50_000 + int(request.get_json()["n"]) * random.randint(1, 400)
    wave = np.random.default_rng(size).standard_normal(size)
    power = np.abs(np.fft.rfft(wave)) ** 2
    return jsonify(peak=int(power.argmax()), mean=float(power.mean()))
