"""Asks with tritonclient, with its default binary tensors and without. Prints what it got as JSON.

python of_triton.py PORT MODEL floats|texts
"""

import json
import sys

import numpy as np
import tritonclient.http as triton

port, model, kind = sys.argv[1:]
client = triton.InferenceServerClient(f"127.0.0.1:{port}")
assert client.is_server_live()
assert client.is_server_ready()
assert client.is_model_ready(model)
assert client.is_model_ready(model, "1")
told = client.get_model_metadata(model)
found = {"server": client.get_server_metadata(), "model": told, "answers": []}
if kind == "floats":
    array = np.arange(12, dtype=np.float32).reshape(3, 4)
else:
    array = np.array(["hello world", "naïve 😀"], object)
for binary in (True, False):
    asked = triton.InferInput(told["inputs"][0]["name"], array.shape, told["inputs"][0]["datatype"])
    asked.set_data_from_numpy(array, binary_data=binary)
    outputs = [triton.InferRequestedOutput(each["name"], binary_data=binary) for each in told["outputs"]]
    for wanted in (outputs, None):
        for packed in (None, "gzip"):
            got = client.infer(model, [asked], outputs=wanted, request_id="7", request_compression_algorithm=packed)
            assert got.get_response()["id"] == "7"
            answer = {}
            for each in told["outputs"]:
                values = got.as_numpy(each["name"]).tolist()
                answer[each["name"]] = json.loads(json.dumps(values, default=bytes.decode))
            found["answers"].append(answer)
try:
    wrong = triton.InferInput("nothing", [1], "FP32")
    wrong.set_data_from_numpy(np.ones(1, np.float32))
    client.infer(model, [wrong])
except triton.InferenceServerException as cause:
    found["refused"] = [cause.status(), cause.message()]
sys.stdout.write(json.dumps(found) + "\n")
