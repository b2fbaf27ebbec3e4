"""The names of sentence_transformers that serving code uses, on converted models and without torch.

``from jettison_runtime.sentence_transformers import SentenceTransformer`` stands where ``from sentence_transformers …``
stood. What is not here does not exist: an option that this lacks is an error, never ignored.
"""

from __future__ import annotations

from . import util
from .model import SentenceTransformer

__all__ = ["SentenceTransformer", "util"]
