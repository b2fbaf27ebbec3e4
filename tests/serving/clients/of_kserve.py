"""Asks with KServe's Python client, as JSON and with binary tensors. Prints what it got as JSON.

python of_kserve.py PORT MODEL floats|texts
"""

import asyncio
import json
import sys
from typing import Any

import numpy as np
from kserve import InferenceRESTClient, InferInput, InferRequest, RESTConfig

port, model, kind = sys.argv[1:]
base = f"http://127.0.0.1:{port}"


async def asked() -> list[Any]:
    client = InferenceRESTClient(RESTConfig(protocol="v2", timeout=30))
    assert await client.is_server_live(base)
    assert await client.is_server_ready(base)
    assert await client.is_model_ready(base, model)
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
        got = await client.infer(
            base, model_name=model, data=InferRequest(model_name=model, infer_inputs=[tensor], request_id="7")
        )
        assert got.id == "7"
        values = {each.name: each.as_numpy().tolist() for each in got.outputs}
        answers.append(json.loads(json.dumps(values, default=bytes.decode)))
    return answers


sys.stdout.write(json.dumps({"answers": asyncio.run(asked())}) + "\n")
