"""Small T5 model folders with random weights, written without torch."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

TOKENIZER = Path(__file__).parent.parent / "examples" / "pronounce" / "model"
VOCABULARY = 69

SHAPES: dict[str, dict[str, Any]] = {
    "v1.0": {"d_model": 64, "d_kv": 16, "num_heads": 4, "d_ff": 128, "num_layers": 2},
    "v1.1 untied": {
        "d_model": 64,
        "d_kv": 32,
        "num_heads": 2,
        "d_ff": 96,
        "num_layers": 3,
        "feed_forward_proj": "gated-gelu",
        "tie_word_embeddings": False,
    },
    "widths that no large block divides": {
        "d_model": 80,
        "d_kv": 20,
        "num_heads": 3,
        "d_ff": 112,
        "num_layers": 1,
        "feed_forward_proj": "gated-silu",
        "relative_attention_max_distance": 20,
        "relative_attention_num_buckets": 8,
    },
    "gelu, fewer decoder layers": {
        "d_model": 48,
        "d_kv": 16,
        "num_heads": 3,
        "d_ff": 64,
        "num_layers": 2,
        "num_decoder_layers": 1,
        "feed_forward_proj": "gelu",
    },
}


def write(folder: Path, shape: Mapping[str, Any], *, seed: int = 0) -> Path:
    """A folder as ``save_pretrained`` writes it: config.json, model.safetensors, the tokenizer."""
    config = {
        "model_type": "t5",
        "vocab_size": VOCABULARY,
        "pad_token_id": 0,
        "eos_token_id": 1,
        "decoder_start_token_id": 0,
        "is_encoder_decoder": True,
        "architectures": ["T5ForConditionalGeneration"],
        "tie_word_embeddings": True,
        **shape,
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config))
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copyfile(TOKENIZER / name, folder / name)
    safetensors(folder / "model.safetensors", tensors(config, seed))
    return folder


def tensors(config: Mapping[str, Any], seed: int) -> dict[str, NDArray[np.float32]]:
    """Weights by name, at a scale at which outputs vary."""
    random = np.random.default_rng(seed)
    width, inner, dense = config["d_model"], config["d_kv"] * config["num_heads"], config["d_ff"]

    def matrix(rows: int, columns: int, scale: float = 0.08) -> NDArray[np.float32]:
        return (random.standard_normal((rows, columns)) * scale).astype(np.float32)

    def norm() -> NDArray[np.float32]:
        drawn: NDArray[np.float64] = random.uniform(0.5, 1.5, width)
        return drawn.astype(np.float32)

    made = {"shared.weight": matrix(VOCABULARY, width, 1.0)}
    if config["tie_word_embeddings"] is False:
        made["lm_head.weight"] = matrix(VOCABULARY, width, 0.3)
    gated = str(config.get("feed_forward_proj", "relu")).startswith("gated-")
    for side in ("encoder", "decoder"):
        layers = config["num_layers"]
        layers = config.get("num_decoder_layers", layers) if side == "decoder" else layers
        for layer in range(layers):
            parts = ["SelfAttention", "EncDecAttention"] if side == "decoder" else ["SelfAttention"]
            for place, part in enumerate(parts):
                block = f"{side}.block.{layer}.layer.{place}"
                made[f"{block}.layer_norm.weight"] = norm()
                for letter in "qkv":
                    made[f"{block}.{part}.{letter}.weight"] = matrix(inner, width)
                made[f"{block}.{part}.o.weight"] = matrix(width, inner)
            block = f"{side}.block.{layer}.layer.{len(parts)}"
            made[f"{block}.layer_norm.weight"] = norm()
            for name in ("wi_0", "wi_1") if gated else ("wi",):
                made[f"{block}.DenseReluDense.{name}.weight"] = matrix(dense, width)
            made[f"{block}.DenseReluDense.wo.weight"] = matrix(width, dense)
        buckets = config.get("relative_attention_num_buckets", 32)
        bias = matrix(buckets, config["num_heads"], 1.0)
        made[f"{side}.block.0.layer.0.SelfAttention.relative_attention_bias.weight"] = bias
        # Signs at random: with tied embeddings a plain norm would repeat the last token for ever.
        made[f"{side}.final_layer_norm.weight"] = norm() * random.choice([-1, 1], width).astype(np.float32)
    return made


def safetensors(path: Path, arrays: Mapping[str, NDArray[np.float32]]) -> None:
    """Write the format by its description."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    offset = 0
    for name, array in arrays.items():
        header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": [offset, offset + array.nbytes]}
        offset += array.nbytes
    raw = json.dumps(header).encode()
    raw += b" " * (-len(raw) % 8)
    with path.open("wb") as file:
        file.write(len(raw).to_bytes(8, "little") + raw)
        for array in arrays.values():
            file.write(array.tobytes())
