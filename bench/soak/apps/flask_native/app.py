"""A C library's handle that nobody frees: 200 bytes asked of malloc, 208 taken."""

import ctypes

from flask import Flask, jsonify

app = Flask(__name__)
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p


@app.post("/decode")
def decode():
    handle = libc.malloc(ctypes.c_size_t(200))  # keeps 200 B of C
    ctypes.memset(handle, 0, 200)
    return jsonify(ok=True)
