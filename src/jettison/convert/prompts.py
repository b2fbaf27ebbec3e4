"""Token ids to check a conversion with: what the model is really asked, else random tokens, and said so."""

from __future__ import annotations

from collections.abc import Sequence

from .source import Source

_MOST, _LONGEST = 8, 128


def token_prompts(found: Source, texts: Sequence[str]) -> tuple[tuple[int, ...], ...]:
    """At most 8 rows of at most 128 token ids, short ones and long ones; random where there are no texts."""
    from jettison_runtime.tokenization import TextTokenizer

    tokenizer = TextTokenizer(found.folder, found.tokenizer)
    limit = min(_LONGEST, tokenizer.model_max_length)
    stated = found.config.get("vocab_size")
    vocabulary = stated if isinstance(stated, int) else 32128
    encoded = {tuple(row) for row in tokenizer.encode(list(texts), limit=limit)}
    # A tokenizer may have tokens that the model was never given; transformers fails at them.
    rows = sorted((row for row in encoded if row and max(row) < vocabulary), key=lambda row: (len(row), row))
    if not rows:
        rows = _random(vocabulary)
    step = max(1, len(rows) // _MOST)
    return tuple(rows[step // 2 :: step][:_MOST])


def _random(vocabulary: int) -> list[tuple[int, ...]]:
    import numpy as np

    random = np.random.default_rng(0)
    lowest = min(3, vocabulary - 1)  # the first ids are the special ones
    return [
        (*random.integers(lowest, vocabulary, size=length).tolist(), 1)
        for length in np.linspace(4, 48, _MOST, dtype=int)
    ]
