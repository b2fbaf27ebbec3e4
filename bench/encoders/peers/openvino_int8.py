"""OpenVINO with 8-bit weights; it quantizes activations as they come, in groups."""

from __future__ import annotations

from pathlib import Path

from . import openvino_fp32

NAME = "OpenVINO int8 weights"
REQUIREMENTS = openvino_fp32.REQUIREMENTS
FILES = openvino_fp32.FILES
load = openvino_fp32.load


def convert(checkpoint: Path, into: Path) -> None:
    """``optimum-cli export openvino --weight-format int8``."""
    openvino_fp32.hide_torchvision()
    from optimum.intel import OVModelForFeatureExtraction, OVWeightQuantizationConfig

    recipe = OVWeightQuantizationConfig(bits=8)
    model = OVModelForFeatureExtraction.from_pretrained(
        checkpoint, export=True, compile=False, quantization_config=recipe
    )
    model.save_pretrained(into)
