"""Models that are loaded, so that a service which loads its model for every request loads it once."""

from __future__ import annotations

import os
import threading
from functools import lru_cache
from pathlib import Path

from jettison_runtime.manifest import NAME
from jettison_runtime.seq2seq import Seq2Seq

_KEPT = 4
"""Models that are kept though nobody may hold them; their weights are mapped files."""
_turn = threading.Lock()


def loaded(folder: Path) -> Seq2Seq:
    """The model in a folder, which has answered its canary; loaded again once the folder was written anew."""
    there = folder.resolve()
    stamp = (there / NAME).stat()
    # Two requests at the same time load it once.
    with _turn:
        return _loaded(there, (stamp.st_ino, stamp.st_mtime_ns, stamp.st_size), os.environ.get("JETTISON_THREADS"))


@lru_cache(maxsize=_KEPT)
def _loaded(folder: Path, stamp: tuple[int, ...], threads: str | None) -> Seq2Seq:
    model = Seq2Seq.load(folder)
    model.check_canary()
    return model
