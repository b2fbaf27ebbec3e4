"""OpenVINO with weights and activations of 8 bits, calibrated by NNCF's recipe for transformers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from . import openvino_fp32
from .documentation import documentation

NAME = "OpenVINO int8 static"
REQUIREMENTS = openvino_fp32.REQUIREMENTS
FILES = openvino_fp32.FILES
load = openvino_fp32.load
_SAMPLES, _LENGTH = 200, 64


def convert(checkpoint: Path, into: Path) -> None:
    """``nncf.quantize`` with its settings for transformers, on pieces of the documentation of Python's own modules."""
    openvino_fp32.convert(checkpoint, into)
    import nncf
    import openvino

    core = openvino.Core()
    model = core.read_model(into / "openvino_model.xml")
    dataset = nncf.Dataset(_samples(checkpoint))
    quantized = nncf.quantize(
        model,
        dataset,
        model_type=nncf.ModelType.TRANSFORMER,
        subset_size=_SAMPLES,
        preset=nncf.QuantizationPreset.MIXED,
    )
    del model
    for name in ("openvino_model.xml", "openvino_model.bin"):
        (into / name).unlink()
    openvino.save_model(quantized, into / "openvino_model.xml", compress_to_fp16=False)


def _samples(checkpoint: Path) -> list[dict[str, Any]]:
    import numpy as np
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(checkpoint)
    tokens = tokenizer(documentation(), add_special_tokens=False)["input_ids"]
    samples = []
    for number in range(_SAMPLES):
        piece = tokens[number * _LENGTH : (number + 1) * _LENGTH]
        ids = np.array([[tokenizer.cls_token_id, *piece, tokenizer.sep_token_id]], np.int64)
        samples.append({"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)})
    return samples
