"""The engines that are compared, a module each. They run in environments of their own, so nothing here imports them.

A peer is what `bench.crew.Peer` asks for; its `load` gives a function from token ids [rows, length] to the mean of the
last hidden states, [rows, width], which is what the model's embeddings are made of.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

Embed: TypeAlias = Callable[[Any], Any]
"""ids [rows, length] → means [rows, width]."""

PEERS: tuple[str, ...] = (
    "eager",
    "torch_compiled",
    "torch_int8",
    "optimum_fp32",
    "optimum_int8",
    "optimum_int8_tensor",
    "openvino_fp32",
    "openvino_int8",
    "openvino_int8_static",
    "jettison_fp32",
    "jettison_int8_blocks",
    "jettison_int8_channels",
    "jettison_int8_balanced",
)
"""Module names; the first is the baseline."""
