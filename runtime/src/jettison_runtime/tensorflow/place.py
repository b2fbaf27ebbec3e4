"""Where a converted model lies: in the folder of that path, or in the one that a small file of that path names.

A service opens ``model/net.pb``, in whatever way, and hands on its bytes. Adapted, it finds one line in that file
instead of a network: the folder of the converted one.
"""

from __future__ import annotations

import os
from pathlib import Path

from jettison_runtime.errors import ModelFolderError
from jettison_runtime.loaded import loaded
from jettison_runtime.manifest import NAME, POINTER
from jettison_runtime.tensor_model import TensorModel

_LONGEST = 4096


def model_of_bytes(raw: bytes) -> TensorModel:
    """The model that the content of a small file leads to.

    :raises ModelFolderError: these are the bytes of something else, such as the original network.
    """
    if not raw.startswith(POINTER) or len(raw) > _LONGEST:
        raise ModelFolderError(
            f"these {len(raw):,} bytes do not name a converted model: put the line that jettison wrote in the place of"
            " the network's file"
        )
    return loaded(Path(os.fsdecode(raw.removeprefix(POINTER).strip())), TensorModel)


def model_at(path: str | os.PathLike[str]) -> TensorModel:
    """The converted model of a path: a folder with a manifest, or a small file that names one.

    :raises ModelFolderError: neither stands there.
    """
    place = Path(path)
    if (place / NAME).is_file():
        return loaded(place, TensorModel)
    if not place.is_file():
        raise ModelFolderError(f"no converted model at {place.absolute()}: run `jettison convert`")
    with place.open("rb") as file:
        return model_of_bytes(file.read(_LONGEST + 1))
