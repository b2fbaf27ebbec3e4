"""Stands where ``import tensorflow`` stood: loading a network and asking it, on a converted one, without TensorFlow.

What is not here does not exist. Names have TensorFlow's meaning or are an error.
"""

from __future__ import annotations

import contextlib
import logging as python_logging
from collections.abc import Iterator

from . import compat, config, graph_util, io, keras, nn, random, saved_model
from .eager import (
    DType,
    argmax,
    bool,
    cast,
    constant,
    convert_to_tensor,
    expand_dims,
    float32,
    float64,
    int32,
    int64,
    reduce_max,
    squeeze,
    uint8,
)
from .graphs import Graph, import_graph_def

__all__ = [
    "DType",
    "Graph",
    "argmax",
    "bool",
    "cast",
    "compat",
    "config",
    "constant",
    "convert_to_tensor",
    "device",
    "expand_dims",
    "float32",
    "float64",
    "get_logger",
    "graph_util",
    "import_graph_def",
    "int32",
    "int64",
    "io",
    "keras",
    "nn",
    "random",
    "reduce_max",
    "saved_model",
    "squeeze",
    "uint8",
]


@contextlib.contextmanager
def device(device_name: str) -> Iterator[None]:
    """Everything is computed on the CPU."""
    yield


def get_logger() -> python_logging.Logger:
    """Where TensorFlow would write."""
    return python_logging.getLogger("tensorflow")
