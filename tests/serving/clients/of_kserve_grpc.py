"""Asks with KServe's Python client over gRPC, with typed contents and as bytes. Prints what it got as JSON.

python of_kserve_grpc.py PORT MODEL floats|texts
"""

import asyncio
import json
import sys
from typing import Any

import numpy as np
from kserve import InferInput, InferRequest
from kserve.inference_client import InferenceGRPCClient

port, model, kind = sys.argv[1:]


async def asked() -> list[Any]:
    client = InferenceGRPCClient(f"127.0.0.1:{port}", timeout=30)
    assert await client.is_server_live()
    assert await client.is_server_ready()
    assert await client.is_model_ready(model)
    array = (
        np.arange(12, dtype=np.float32).reshape(3, 4)
        if kind == "floats"
        else np.array([b"hello world", "naïve 😀".encode()], object)
    )
    answers = []
    for binary in (False, True):
        tensor = InferInput(
            "x" if kind == "floats" else "text", list(array.shape), "FP32" if kind == "floats" else "BYTES"
        )
        tensor.set_data_from_numpy(array, binary_data=binary)
        got = await client.infer(InferRequest(model_name=model, infer_inputs=[tensor], request_id="7"))
        assert got.id == "7"
        values = {each.name: each.as_numpy().tolist() for each in got.outputs}
        answers.append(json.loads(json.dumps(values, default=bytes.decode)))
    return answers


sys.stdout.write(json.dumps({"answers": asyncio.run(asked())}) + "\n")
