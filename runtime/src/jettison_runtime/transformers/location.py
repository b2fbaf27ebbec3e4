"""From the name in the code to the converted folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from jettison_runtime.errors import ModelFolderError
from jettison_runtime.manifest import NAME

_FREE = {
    "cache_dir",
    "local_files_only",
    "revision",
    "use_fast",
    "legacy",
    "token",
    "use_safetensors",
    "low_cpu_mem_usage",
}
"""Options of from_pretrained that choose how weights are found, not what they are."""


def folder_of(name: str | os.PathLike[str]) -> Path:
    """The converted model that stands for a path or a hub name.

    A folder of that path comes first; then ``$JETTISON_MODELS`` (default ``/models``) with ``/`` written ``--``.
    """
    here = Path(name)
    shelf = Path(os.environ.get("JETTISON_MODELS", "/models")) / os.fspath(name).strip("/").replace("/", "--")
    for folder in (here, shelf):
        if (folder / NAME).is_file():
            return folder
    raise ModelFolderError(
        f"no converted model for {os.fspath(name)!r}: neither {here.absolute()} nor {shelf} holds a {NAME}; "
        "run `jettison convert`, or set JETTISON_MODELS"
    )


def check_options(options: dict[str, Any], known: set[str]) -> None:
    """Refuse what would make another model of it."""
    for name, value in options.items():
        as_float32 = name in ("torch_dtype", "dtype") and str(value) in ("None", "auto", "float32", "torch.float32")
        if not (name in _FREE | known or as_float32):
            raise TypeError(f"from_pretrained({name}={value!r}) is not supported by jettison-runtime")
