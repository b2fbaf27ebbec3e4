"""Makes model/model.safetensors: T5-small's geometry (60.5 million parameters) with random weights, 242 MB.

    pip install numpy && python make_model.py [OUT]

The weights are drawn, not trained: what comes out is no summary. It costs what T5-small costs, in bytes and in
time, and it varies with what goes in, so that every answer of the optimized service can be held against the original's.
"""

import json
import shutil
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
SEED = 20


def tensors(config):
    """Name and weights, at scales at which attention is sharp and no answer repeats one token for ever."""
    rng = np.random.default_rng(SEED)
    width, heads = config["d_model"], config["num_heads"] * config["d_kv"]

    def matrix(rows, columns, scale):
        return rng.standard_normal((rows, columns), dtype=np.float32) * np.float32(scale)

    def norm():
        return rng.uniform(0.5, 1.5, width).astype(np.float32)

    shared = matrix(config["vocab_size"], width, 1.0)
    shared[config["eos_token_id"]] *= 8  # else no answer would ever end by itself
    yield "shared.weight", shared
    for side, attentions in (("encoder", ["SelfAttention"]), ("decoder", ["SelfAttention", "EncDecAttention"])):
        for layer in range(config["num_layers"]):
            block = f"{side}.block.{layer}.layer"
            for place, attention in enumerate(attentions):
                yield f"{block}.{place}.layer_norm.weight", norm()
                for part in "qkv":
                    # Queries are not scaled in T5: theirs is the smaller share, as in the published models.
                    scale = 0.4 * (width * config["d_kv"]) ** -0.5 if part == "q" else width**-0.5
                    yield f"{block}.{place}.{attention}.{part}.weight", matrix(heads, width, scale)
                yield f"{block}.{place}.{attention}.o.weight", matrix(width, heads, heads**-0.5)
            place = len(attentions)
            yield f"{block}.{place}.layer_norm.weight", norm()
            yield f"{block}.{place}.DenseReluDense.wi.weight", matrix(config["d_ff"], width, width**-0.5)
            yield f"{block}.{place}.DenseReluDense.wo.weight", matrix(width, config["d_ff"], config["d_ff"] ** -0.5)
        bias = matrix(config["relative_attention_num_buckets"], config["num_heads"], 1.0)
        yield f"{side}.block.0.layer.0.SelfAttention.relative_attention_bias.weight", bias
        # Signs at random: with a tied head a plain norm would favour the token that was just read.
        yield f"{side}.final_layer_norm.weight", norm() * rng.choice([-1, 1], width).astype(np.float32)


def write(path, arrays):
    """The safetensors format: the header's length, the header, the arrays."""
    header, offset = {"__metadata__": {"format": "pt"}}, 0
    for name, array in arrays.items():
        header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": [offset, offset + array.nbytes]}
        offset += array.nbytes
    raw = json.dumps(header).encode()
    raw += b" " * (-len(raw) % 8)
    with path.open("wb") as file:
        file.write(len(raw).to_bytes(8, "little") + raw)
        for array in arrays.values():
            file.write(array.tobytes())


def main(out, config=None):
    out.mkdir(parents=True, exist_ok=True)
    for file in sorted((HERE / "model").glob("*.json")):
        if out != HERE / "model":
            shutil.copyfile(file, out / file.name)
    if config is None:
        config = json.loads((HERE / "model" / "config.json").read_text(encoding="utf-8"))
    (out / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    write(out / "model.safetensors", dict(tensors(config)))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "model")
