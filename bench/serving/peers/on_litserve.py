"""A graph behind LitServe."""

from __future__ import annotations

import sys

import litserve
import numpy as np
import onnxruntime


class Api(litserve.LitAPI):
    """The graph."""

    def setup(self, device: str) -> None:
        """Load it."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(sys.argv[1], options)

    def decode_request(self, request):  # (it reads a type here as that of a parameter)
        """An array of a request."""
        given = request["inputs"][0]
        return np.array(given["data"], np.float32).reshape(given["shape"])

    def predict(self, x):
        """The answer to an array."""
        return self.session.run(None, {"x": x})[0]

    def encode_response(self, output):
        """The answer as JSON."""
        tensor = {"name": "y", "shape": list(output.shape), "datatype": "FP32", "data": output.reshape(-1).tolist()}
        return {"outputs": [tensor]}


if __name__ == "__main__":
    server = litserve.LitServer(Api(), accelerator="cpu", workers_per_device=1)
    server.run(host="127.0.0.1", port=int(sys.argv[2]), generate_client_file=False, log_level="warning")
