"""What is asked: a cell is one combination of rows, length and threads; what matters most first."""

from __future__ import annotations

import pydoc_data.topics
from collections.abc import Iterator
from pathlib import Path

from ..contest import Cell

MODEL = "minilm"
_ROWS, _LENGTHS = (1, 32), (64, 16, 256)


def cells(tokenizer_json: Path) -> Iterator[Cell]:
    """All of them. One thread is the reference: two threads of a shared machine measure their contention.

    The texts are Python's own help topics, cut to rows of exactly that many tokens.
    """
    for threads in (1, 2):
        for rows in _ROWS:
            for length in _LENGTHS:
                name = f"{MODEL}, {rows} x {length} tokens" + (f", {threads} threads" if threads > 1 else "")
                question = {"ids": _ids(tokenizer_json, rows, length)}
                rounds = (21 if rows == 1 else 9) if threads == 1 else 5
                yield Cell(name=name, model=MODEL, question=question, threads=threads, rounds=rounds)


def _ids(tokenizer_json: Path, rows: int, length: int) -> list[list[int]]:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(tokenizer_json))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    text = " ".join(text for _, text in sorted(pydoc_data.topics.topics.items()))
    start, *body, end = tokenizer.encode(text[: 20 * rows * length]).ids
    words = length - 2
    return [[start, *body[row * words : (row + 1) * words], end] for row in range(rows)]
