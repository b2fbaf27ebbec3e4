"""A folder to a Deployment: what the service is, read from its files and never run.

`deployment` is the whole of it; the other files of the room each read one thing.
"""

from __future__ import annotations

from .models.model_folders import tokenizer_folder
from .reading import deployment

__all__ = ["deployment", "tokenizer_folder"]
