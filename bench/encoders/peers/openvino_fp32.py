"""OpenVINO, 32-bit floats."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from . import Embed

NAME = "OpenVINO fp32"
REQUIREMENTS: tuple[str, ...] = ("optimum-intel[openvino]==2.2.0", "transformers<5.6", "torch", "nncf", "numpy")
FILES: tuple[str, ...] = ("openvino_model.bin",)


def convert(checkpoint: Path, into: Path) -> None:
    """``optimum-cli export openvino``, by its Python door."""
    hide_torchvision()
    from optimum.intel import OVModelForFeatureExtraction

    OVModelForFeatureExtraction.from_pretrained(checkpoint, export=True, compile=False).save_pretrained(into)


def hide_torchvision() -> None:
    """Optimum Intel requires it, no encoder needs it, and its published wheel does not fit every CPU build of torch."""
    sys.modules["torchvision"] = None  # type: ignore[assignment]


def load(folder: Path, threads: int) -> Embed:
    """Compiled for the latency of one request; 32-bit floats between the products, as every other peer has."""
    import numpy as np
    import openvino

    tuned = {
        "INFERENCE_NUM_THREADS": str(threads),
        "PERFORMANCE_HINT": "LATENCY",
        "NUM_STREAMS": "1",
        "INFERENCE_PRECISION_HINT": "f32",
    }
    compiled = openvino.Core().compile_model(str(folder / "openvino_model.xml"), "CPU", tuned)
    names = {name for port in compiled.inputs for name in port.names}
    asked = compiled.create_infer_request()

    def embed(ids: Any) -> Any:
        feed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        asked.infer({name: each for name, each in feed.items() if name in names})
        return asked.get_tensor("last_hidden_state").data.mean(1)

    return embed
