"""Asks with tritonclient over gRPC, with its tensors of bytes and with typed contents. Prints what it got as JSON.

python of_triton_grpc.py PORT MODEL floats|texts
"""

import json
import sys
from typing import Any

import numpy as np
import tritonclient.grpc as triton
from tritonclient.grpc import service_pb2

port, model, kind = sys.argv[1:]
client = triton.InferenceServerClient(f"127.0.0.1:{port}")
assert client.is_server_live()
assert client.is_server_ready()
assert client.is_model_ready(model)
assert client.is_model_ready(model, "1")
told = client.get_model_metadata(model, as_json=True)
found = {"server": client.get_server_metadata(as_json=True), "model": told, "answers": []}
texts = ["hello world", "naïve 😀"]
array: Any = np.array(texts, object)
if kind == "floats":
    array = np.arange(12, dtype=np.float32).reshape(3, 4)


def taken(got: Any) -> dict[str, Any]:
    return {
        each["name"]: json.loads(json.dumps(got.as_numpy(each["name"]).tolist(), default=bytes.decode))
        for each in told["outputs"]
    }


asked = triton.InferInput(told["inputs"][0]["name"], array.shape, told["inputs"][0]["datatype"])
asked.set_data_from_numpy(array)
for wanted in ([triton.InferRequestedOutput(each["name"]) for each in told["outputs"]], None):
    for packed in (None, "gzip"):
        got = client.infer(
            model, [asked], outputs=wanted, request_id="7", compression_algorithm=packed, client_timeout=20
        )
        assert got.get_response().id == "7"
        found["answers"].append(taken(got))

typed = service_pb2.ModelInferRequest(model_name=model)
tensor = typed.inputs.add(name=asked.name(), datatype=asked.datatype(), shape=array.shape)
if kind == "floats":
    tensor.contents.fp32_contents.extend(array.ravel().tolist())
else:
    tensor.contents.bytes_contents.extend(each.encode() for each in texts)
found["answers"].append(taken(triton.InferResult(client._client_stub.ModelInfer(typed))))
try:
    wrong = triton.InferInput("nothing", [1], "FP32")
    wrong.set_data_from_numpy(np.ones(1, np.float32))
    client.infer(model, [wrong])
except triton.InferenceServerException as cause:
    found["refused"] = [cause.status(), cause.message()]
sys.stdout.write(json.dumps(found) + "\n")
