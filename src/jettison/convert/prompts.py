"""Token ids to check a conversion with: what the model is really asked, else random tokens, and said so."""

from __future__ import annotations

from collections.abc import Sequence

from .source import Source

_MOST, _FEWEST, _LONGEST = 8, 2, 128
_PRODUCTS = 4e10
"""Weights times tokens that a check may cost the reference: seconds, whatever the size of the model."""


Ends = tuple[tuple[int, ...], tuple[int, ...]]
"""The special tokens before a text and behind it."""


def token_prompts(found: Source, texts: Sequence[str], *, ends: Ends) -> tuple[tuple[int, ...], ...]:
    """At most 8 rows of at most 128 token ids, short ones and long ones; random ones where there are no texts.

    A large model is asked fewer tokens: 2 rows at least.
    """
    from jettison_runtime.tokenization import TextTokenizer

    tokenizer = TextTokenizer(found.folder, found.tokenizer, content=found.tokenizer_json)
    budget = int(_PRODUCTS / max(found.tensors.size_bytes / 4, 1))
    limit = max(_FEWEST, min(_LONGEST, tokenizer.model_max_length, budget // _FEWEST))
    stated = found.config.get("vocab_size")
    vocabulary = stated if isinstance(stated, int) else 32128
    encoded = {tuple(row) for row in tokenizer.encode(list(texts), limit=limit)}
    # A tokenizer may have tokens that the model was never given; transformers fails at them.
    rows = sorted((row for row in encoded if row and max(row) < vocabulary), key=lambda row: (len(row), row))
    if not rows:
        rows = _random(vocabulary, ends, limit)
    count = _MOST
    while count > _FEWEST and sum(map(len, _spread(rows, count))) > budget:
        count -= 1
    return _spread(rows, count)


def _spread(rows: Sequence[tuple[int, ...]], count: int) -> tuple[tuple[int, ...], ...]:
    """So many rows at most, evenly out of all."""
    step = max(1, len(rows) // count)
    return tuple(rows[step // 2 :: step][:count])


def _random(vocabulary: int, ends: Ends, limit: int) -> list[tuple[int, ...]]:
    import numpy as np

    random = np.random.default_rng(0)
    lowest = min(3, vocabulary - 1)  # the first ids are the special ones
    longest = max(4, min(48, limit - sum(map(len, ends))))
    return [
        (*ends[0], *random.integers(lowest, vocabulary, size=length).tolist(), *ends[1])
        for length in np.linspace(4, longest, _MOST, dtype=int)
    ]
