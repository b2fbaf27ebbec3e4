"""The engines that are compared, a module each. They run in environments of their own, so nothing here imports them.

A peer has ``NAME``, ``REQUIREMENTS`` (its environment), ``convert`` (checkpoint → what it loads; run once, in that
environment) and ``load``, which gives back a function from token ids to generated ids.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

Generate: TypeAlias = Callable[[Any, int, int], list[list[int]]]
"""(ids [rows, source], new tokens, beams) → rows of exactly that many new tokens."""

PEERS: tuple[str, ...] = (
    "eager",
    "torch_int8",
    "optimum_fp32",
    "fastt5_recipe",
    "ctranslate2_int8",
    "openvino_int8",
    "openvino_int4",
    "jettison_fp32",
    "jettison_int8_blocks",
    "jettison_int8_mixed",
    "jettison_int8_channels",
)
"""Module names; the first is the baseline."""
