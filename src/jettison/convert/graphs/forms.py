"""The forms that a graph can be converted to, and what each may not do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_LEAST_GAIN = 0.98
"""Times of 32-bit floats that a quantized form may take: what is nearer to them is noise, and nothing gained."""


@dataclass(frozen=True, kw_only=True)
class GraphForm:
    """One way to store and compute a graph."""

    name: str
    least_cosine: float
    """Mean cosine with the graph as found under which the conversion is wrong, or its quantization a collapse."""
    worst_difference: float
    """Largest difference of a number, as a share of the largest one, that is let through."""
    quantized: bool
    """It has to be faster than 32-bit floats, or there is no reason for it."""
    why: str


GRAPH_FORMS: list[GraphForm] = [
    GraphForm(
        name="fp32",
        least_cosine=0.99999,
        worst_difference=1e-3,
        quantized=False,
        why="32-bit floats: folded and fused, the numbers as they were",
    ),
    GraphForm(
        name="fp16",
        least_cosine=0.9999,
        worst_difference=0.02,
        quantized=False,
        why="16-bit floats on disk, 32-bit floats in the computation",
    ),
    GraphForm(
        name="int8-dynamic",
        least_cosine=0.95,
        worst_difference=2.0,
        quantized=True,
        why="8-bit matrix products, activations quantized as they come",
    ),
    GraphForm(
        name="int8-static",
        least_cosine=0.95,
        worst_difference=2.0,
        quantized=True,
        why="8-bit products with a scale a channel, ranges of activations calibrated on samples",
    ),
]


def named(name: str) -> GraphForm:
    """The form of that name.

    :raises KeyError: there is none.
    """
    return {form.name: form for form in GRAPH_FORMS}[name]


def wrong(form: GraphForm, found: Mapping[str, Any]) -> str | None:
    """Why a form may not go on; None when it may. A NaN is wrong in every comparison."""
    if not found["cosine"] >= form.least_cosine:
        return (
            f"its answers point elsewhere: mean cosine {found['cosine']:.4f} with the graph as found, "
            f"{form.least_cosine} asked"
        )
    if not found["worst_difference"] <= form.worst_difference:
        return (
            f"a number is off by {found['worst_difference']:.2%} of the largest one, "
            f"{form.worst_difference:.2%} is the most that {form.name} may differ"
        )
    if form.quantized and not found["cost"] <= _LEAST_GAIN:
        word = "slower" if found["cost"] > 1 else "no faster"
        return f"{word} than 32-bit floats here: {found['cost']:.2f} times their time, measured side by side"
    return None
