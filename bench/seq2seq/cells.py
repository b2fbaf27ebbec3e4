"""What is asked: a cell is one combination of size, prompt length, rows, beams and threads; what matters most first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ..contest import Cell

NEW_TOKENS = 64

SIZES: dict[str, dict[str, int]] = {
    "small": {"d_model": 512, "d_kv": 64, "d_ff": 2048, "num_layers": 6, "num_decoder_layers": 6, "num_heads": 8},
    "base": {"d_model": 768, "d_kv": 64, "d_ff": 3072, "num_layers": 12, "num_decoder_layers": 12, "num_heads": 12},
}
"""Geometry of T5-small (60.5 million parameters) and T5-base (222.9 million), both with 32,128 tokens."""


def cell(
    size: str, prompt: int, rows: int, *, beams: int = 1, threads: int = 1, new: int = NEW_TOKENS, rounds: int = 9
) -> Cell:
    """Called ``small, 32 in, 64 out, 8 rows, 4 beams, 2 threads``; what is 1 is left out."""
    parts = [size, f"{prompt} in", f"{new} out"]
    for count, word in ((rows, "rows"), (beams, "beams"), (threads, "threads")):
        parts += [f"{count} {word}"] if count > 1 else []
    question = {"rows": rows, "source": prompt, "new": new, "beams": beams, "seed": 1}
    return Cell(name=", ".join(parts), model=size, question=question, threads=threads, rounds=rounds)


def cells() -> Iterator[Cell]:
    """All of them. One thread is the reference: two threads of a shared machine measure their contention."""
    for size in SIZES:
        yield cell(size, 32, 1)
        # The same with one token: what is left of the difference is the decoder's.
        yield cell(size, 32, 1, new=1)
    yield cell("small", 32, 8)
    yield cell("small", 32, 1, beams=4)
    yield cell("small", 32, 32)
    yield cell("base", 32, 1, beams=4)
    yield cell("base", 32, 8)
    yield cell("base", 32, 32, rounds=5)
    for each in _others():
        yield replace(each, later=True)


def _others() -> Iterator[Cell]:
    yield cell("small", 128, 1)
    yield cell("small", 512, 1)
    yield cell("small", 32, 1, threads=2)
    yield cell("base", 32, 1, threads=2, rounds=5)
    yield cell("base", 128, 1, rounds=5)
    yield cell("base", 512, 1, rounds=5)
    yield cell("small", 128, 8, rounds=5)
    yield cell("small", 128, 1, beams=4, rounds=3)
    yield cell("small", 512, 8, rounds=3)
    yield cell("small", 32, 8, beams=4, rounds=3)
    yield cell("small", 32, 8, threads=2, rounds=3)
    yield cell("small", 32, 1, beams=4, threads=2, rounds=3)
