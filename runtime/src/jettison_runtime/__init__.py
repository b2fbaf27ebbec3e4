"""What ships: a converted model answers, without torch or transformers.

>>> import jettison_runtime
>>> model = jettison_runtime.load("model")          # doctest: +SKIP
>>> model.generate(["transformer"])                 # doctest: +SKIP
['T R AE N Z F AO R M ER']
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from .text2text import TextToText

__all__ = ["__version__", "load", "set_seed"]


def load(folder: str | Path, *, threads: int | None = None, verify: bool = True) -> TextToText:
    """Load a converted model.

    :param folder: what ``jettison convert`` wrote.
    :param threads: CPU threads for one request; None: what affinity and the container's quota allow.
    :param verify: compare every file with its digest first.
    :raises ModelFolderError: the folder is no converted model, is damaged, or needs another runtime.
    """
    from .text2text import TextToText

    return TextToText.load(Path(folder), threads=threads, verify=verify)


def set_seed(seed: int) -> None:
    """Start the random numbers over that tokens are sampled with."""
    from .generation import chance

    chance.set_seed(seed)
