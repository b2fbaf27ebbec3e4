"""``sentence_transformers.util``: comparing vectors. The name is that library's."""

from __future__ import annotations

from jettison_runtime.sentence_transformers.similarity import cos_sim, dot_score, pytorch_cos_sim, semantic_search

__all__ = ["cos_sim", "dot_score", "pytorch_cos_sim", "semantic_search"]
