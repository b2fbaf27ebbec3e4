"""The original and ours, as `bench.crew.Peer` asks for; `load` gives a function from what `asking` draws."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

Answer: TypeAlias = Callable[[str, Any, int], Any]
"""(kind, input, new tokens) → the numbers of the model's first output, or tokens."""

PEERS: tuple[str, ...] = ("eager", "jettison_fp32", "jettison_int8")
"""Module names; the first is the baseline."""
