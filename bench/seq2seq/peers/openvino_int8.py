"""OpenVINO with 8-bit weights, through Optimum Intel's ``generate``."""

from __future__ import annotations

import sys
from pathlib import Path

from . import Generate
from .huggingface import generation

NAME = "OpenVINO int8"
REQUIREMENTS = ("optimum-intel[openvino]==2.2.0", "transformers<5.6", "torch", "nncf", "numpy")
FILES = ("openvino_encoder_model.bin", "openvino_decoder_model.bin")
BITS = 8


def convert(checkpoint: Path, into: Path) -> None:
    """Export, with the weights compressed on the way."""
    export(checkpoint, into, BITS)


def export(checkpoint: Path, into: Path, bits: int) -> None:
    """The same for another width."""
    hide_torchvision()
    from optimum.intel import OVModelForSeq2SeqLM, OVWeightQuantizationConfig

    settings = OVWeightQuantizationConfig(bits=bits, **({"group_size": 64, "sym": True} if bits == 4 else {}))
    model = OVModelForSeq2SeqLM.from_pretrained(checkpoint, export=True, compile=False, quantization_config=settings)
    model.save_pretrained(into)


def hide_torchvision() -> None:
    """Optimum Intel requires it, T5 does not, and its published wheel does not fit every CPU build of torch."""
    sys.modules["torchvision"] = None  # type: ignore[assignment]


def load(folder: Path, threads: int) -> Generate:
    """Tuned for the latency of one request; 32-bit floats between the products, as every other peer has."""
    hide_torchvision()
    from optimum.intel import OVModelForSeq2SeqLM

    tuned = {
        "INFERENCE_NUM_THREADS": str(threads),
        "PERFORMANCE_HINT": "LATENCY",
        "NUM_STREAMS": "1",
        "INFERENCE_PRECISION_HINT": "f32",
    }
    return generation(OVModelForSeq2SeqLM.from_pretrained(folder, ov_config=tuned), threads)
