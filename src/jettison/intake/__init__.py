"""A folder to a Deployment: what the service is, read from its files and never run.

`deployment` is the whole of it; the other files of the room each read one thing. `check_apart` and its like hold for
any labelled data.
"""

from __future__ import annotations

from .again import with_files
from .apart import Part, check_apart, repeats, same_input
from .models.model_folders import tokenizer_folder
from .reading import deployment
from .suspects import filled_at, suspects
from .truth import positive_label

__all__ = [
    "Part",
    "check_apart",
    "deployment",
    "filled_at",
    "positive_label",
    "repeats",
    "same_input",
    "suspects",
    "tokenizer_folder",
    "with_files",
]
