"""``tf.io.gfile``: files of this machine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO, Any

__all__ = ["FastGFile", "GFile", "exists"]


def GFile(name: str | os.PathLike[str], mode: str = "r") -> IO[Any]:  # noqa: N802  (TensorFlow's name)
    """An open file, for reading.

    :raises ValueError: it shall be written.
    """
    if mode not in ("r", "rb"):
        raise ValueError(f"files are read here, not opened with {mode!r}")
    return Path(name).open(mode, encoding=None if "b" in mode else "utf-8")


FastGFile = GFile


def exists(path: str | os.PathLike[str]) -> bool:
    """Whether there is a file or folder of that name."""
    return Path(path).exists()
