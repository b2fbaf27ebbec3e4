"""What is asked: a cell is one combination of size, prompt length, rows, beams and threads; what matters most first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

NEW_TOKENS = 64

SIZES: dict[str, dict[str, int]] = {
    "small": {"d_model": 512, "d_kv": 64, "d_ff": 2048, "num_layers": 6, "num_decoder_layers": 6, "num_heads": 8},
    "base": {"d_model": 768, "d_kv": 64, "d_ff": 3072, "num_layers": 12, "num_decoder_layers": 12, "num_heads": 12},
}
"""Geometry of T5-small (60.5 million parameters) and T5-base (222.9 million), both with 32,128 tokens."""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One question, asked of every peer in every round."""

    size: str
    prompt: int
    rows: int
    beams: int = 1
    threads: int = 1
    new_tokens: int = NEW_TOKENS
    rounds: int = 9

    @property
    def name(self) -> str:
        """``small, 32 in, 64 out, 8 rows, 4 beams, 2 threads``; what is 1 is left out."""
        parts = [self.size, f"{self.prompt} in", f"{self.new_tokens} out"]
        for count, word in ((self.rows, "rows"), (self.beams, "beams"), (self.threads, "threads")):
            parts += [f"{count} {word}"] if count > 1 else []
        return ", ".join(parts)


def cells() -> Iterator[Cell]:
    """All of them. One thread is the reference: two threads of a shared machine measure their contention."""
    for size in SIZES:
        yield Cell(size=size, prompt=32, rows=1)
        # The same with one token: what is left of the difference is the decoder's.
        yield Cell(size=size, prompt=32, rows=1, new_tokens=1)
    yield Cell(size="small", prompt=32, rows=8)
    yield Cell(size="small", prompt=32, rows=1, beams=4)
    yield Cell(size="small", prompt=32, rows=32)
    yield Cell(size="base", prompt=32, rows=1, beams=4)
    yield Cell(size="base", prompt=32, rows=8)
    yield Cell(size="small", prompt=128, rows=1)
    yield Cell(size="small", prompt=512, rows=1)
    yield Cell(size="small", prompt=32, rows=1, threads=2)
    yield Cell(size="base", prompt=32, rows=1, threads=2, rounds=5)
    yield Cell(size="base", prompt=128, rows=1, rounds=5)
    yield Cell(size="base", prompt=512, rows=1, rounds=5)
    yield Cell(size="small", prompt=128, rows=8, rounds=5)
    yield Cell(size="base", prompt=32, rows=32, rounds=3)
    yield Cell(size="small", prompt=128, rows=1, beams=4, rounds=3)
    yield Cell(size="small", prompt=512, rows=8, rounds=3)
    yield Cell(size="small", prompt=32, rows=8, beams=4, rounds=3)
    yield Cell(size="small", prompt=32, rows=8, threads=2, rounds=3)
    yield Cell(size="small", prompt=32, rows=1, beams=4, threads=2, rounds=3)
