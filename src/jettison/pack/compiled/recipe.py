"""What is compiled anew, and how. A recipe a distribution."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One distribution that an image gets lighter by, when it is compiled here from the source of the same version."""

    distribution: str
    """Canonical name."""
    local: str
    """Local part of the compiled wheel's version, for `pip list` and scanners: ``2.4.6+noblas``."""
    what: str
    """What becomes of it, for a person: ``without OpenBLAS``."""
    setup: tuple[str, ...]
    """Arguments of Meson's setup."""
    may_stand_on_it: frozenset[str] = frozenset()
    """Distributions that require it and are served as well by the lighter one. Any other keeps the index's wheel."""


NUMPY = Recipe(
    distribution="numpy",
    local="noblas",
    what="without OpenBLAS: matrix products run in numpy's own loops",
    setup=(
        *("-Dblas=none", "-Dlapack=none", "-Dallow-noblas=true"),
        # Everything about CPUs stays as in the wheels: the smallest baseline, all kinds beyond it chosen as it starts.
        # An extension module for its own tests is the exception, which is left out of images anyway.
        "-Dtest-simd=BASELINE",
    ),
    may_stand_on_it=frozenset({"onnxruntime", "jettison-runtime"}),
)
"""Its wheels bring 28 MB of OpenBLAS. ONNX Runtime asks numpy for arrays, not for products."""

TOOLS = (
    "meson-python==0.18.0",
    "meson==1.8.3",
    "ninja==1.13.0",
    "cython==3.1.4",
    "pyproject-metadata==0.9.1",
    "packaging==25.0",
)
"""What builds it, exactly: another version could write other bytes."""

COMPILER = ("gcc", "g++", "dash")
"""Packages of the base's own suite, with all that they need; and a shell, which Ninja starts every command by."""
