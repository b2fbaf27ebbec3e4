"""Comparing vectors: cosines, products, the nearest."""

from __future__ import annotations

from typing import Any

import numpy as np

from jettison_runtime.tensors import Tensor
from jettison_runtime.torch.nn.functional import normalize


def cos_sim(a: Any, b: Any) -> Tensor:
    """The cosine of each vector of `a` with each of `b`: [vectors of a, vectors of b].

    Vectors are tensors, arrays of numpy's, lists of numbers, or lists of those; a single one counts as one row.
    """
    return dot_score(normalize(_rows(a)), normalize(_rows(b)))


def pytorch_cos_sim(a: Any, b: Any) -> Tensor:
    """The old name of `cos_sim`."""
    return cos_sim(a, b)


def dot_score(a: Any, b: Any) -> Tensor:
    """The product of each vector of `a` with each of `b`: [vectors of a, vectors of b]."""
    return _rows(a) @ _rows(b).T


def semantic_search(query_embeddings: Any, corpus_embeddings: Any, *, top_k: int = 10) -> list[list[dict[str, Any]]]:
    """For each query the nearest vectors of a corpus by their cosine, best first: ``corpus_id`` and ``score``."""
    scores = cos_sim(query_embeddings, corpus_embeddings)
    best = scores.topk(min(top_k, scores.shape[1]), 1)
    return [
        [{"corpus_id": place, "score": score} for place, score in zip(places, values, strict=True)]
        for places, values in zip(best.indices.tolist(), best.values.tolist(), strict=True)
    ]


def _rows(vectors: Any) -> Tensor:
    if isinstance(vectors, list | tuple):
        vectors = np.stack([np.asarray(each) for each in vectors])
    array = np.asarray(vectors, np.float32)
    return Tensor(array[None] if array.ndim == 1 else array)
