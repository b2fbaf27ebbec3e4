"""A graph behind FastAPI: the body as a pydantic model, the inference where the request is."""

from __future__ import annotations

import sys

import numpy as np
import onnxruntime
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
session = onnxruntime.InferenceSession(sys.argv[1], options)
app = FastAPI()


class Tensor(BaseModel):
    """An input or output."""

    name: str
    shape: list[int]
    datatype: str
    data: list[float]


class Asked(BaseModel):
    """A request."""

    inputs: list[Tensor]


class Answered(BaseModel):
    """An answer."""

    outputs: list[Tensor]


@app.post("/infer")
async def infer(asked: Asked) -> Answered:
    """Tensors in, tensors out."""
    given = asked.inputs[0]
    array = np.array(given.data, np.float32).reshape(given.shape)
    (found,) = session.run(None, {"x": array})
    return Answered(
        outputs=[Tensor(name="y", shape=list(found.shape), datatype="FP32", data=found.reshape(-1).tolist())]
    )


uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), log_level="warning", access_log=False)
