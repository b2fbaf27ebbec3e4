"""Models that are loaded, so that a service which loads its model for every request loads it once."""

from __future__ import annotations

import os
import threading
from functools import lru_cache
from pathlib import Path
from typing import Protocol, TypeVar

from jettison_runtime.manifest import NAME

_KEPT = 4
"""Models that are kept though nobody may hold them; their weights are mapped files."""
_turn = threading.Lock()


class Network(Protocol):
    """A kind of model that the runtime can load."""

    @classmethod
    def load(cls, folder: Path) -> Network:
        """Read the model in a folder."""

    def check_canary(self) -> None:
        """Answer the question that the model was sent off with."""


N = TypeVar("N", bound=Network)


def loaded(folder: Path, kind: type[N]) -> N:
    """The model in a folder, which has answered its canary; loaded again once the folder was written anew.

    :raises ModelFolderError: the folder holds a model of another kind.
    """
    there = folder.resolve()
    stamp = (there / NAME).stat()
    # Two requests at the same time load it once.
    with _turn:
        found = _loaded(
            kind, there, (stamp.st_ino, stamp.st_mtime_ns, stamp.st_size), os.environ.get("JETTISON_THREADS")
        )
    assert isinstance(found, kind)
    return found


@lru_cache(maxsize=_KEPT)
def _loaded(kind: type[Network], folder: Path, stamp: tuple[int, ...], threads: str | None) -> Network:
    model = kind.load(folder)
    model.check_canary()
    return model
