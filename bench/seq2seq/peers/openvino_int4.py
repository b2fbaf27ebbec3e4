"""OpenVINO with 4-bit weights in groups of 64."""

from __future__ import annotations

from pathlib import Path

from . import openvino_int8

NAME = "OpenVINO int4"
REQUIREMENTS = openvino_int8.REQUIREMENTS
FILES = openvino_int8.FILES
load = openvino_int8.load


def convert(checkpoint: Path, into: Path) -> None:
    """Export, with the weights compressed on the way."""
    openvino_int8.export(checkpoint, into, bits=4)
