"""Service folders, written into a temporary place file by file."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

Files = dict[str, str | bytes]

TORCH_APP = "import torch\nfrom transformers import AutoModelForSeq2SeqLM, AutoTokenizer\n"


def write(root: Path, files: Mapping[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def safetensors(size_bytes: int = 64) -> bytes:
    """A file with one tensor of bytes."""
    header = json.dumps({"weight": {"dtype": "U8", "shape": [size_bytes], "data_offsets": [0, size_bytes]}}).encode()
    return struct.pack("<Q", len(header)) + header + bytes(size_bytes)


def hf_folder(path: str, model_type: str = "t5", *, tokenizer: bool = True) -> Files:
    """A model folder of the Hugging Face kind."""
    made: Files = {
        f"{path}/config.json": json.dumps({"model_type": model_type, "architectures": ["X"]}),
        f"{path}/model.safetensors": safetensors(),
    }
    if tokenizer:
        made[f"{path}/tokenizer.json"] = "{}"
    return made


@dataclass(frozen=True, kw_only=True)
class Case:
    """A folder, and what must be read from it; what is None is not looked at."""

    name: str
    files: Files
    app: str = ""
    framework: str = ""
    server: str = ""
    port: int = 0
    workers: int | None = None
    threads: int | None = None
    form: str = ""
    base: str | None = ""
    python: str = ""
    workdir: str = ""
    requirements: tuple[str, ...] | None = None
    index: tuple[str, ...] | None = None
    packages: tuple[str, ...] | None = None
    copied: tuple[str, ...] | None = None
    """Places in the image that must hold a file."""
    models: tuple[tuple[str, str, str], ...] | None = None
    """Name, place in the image or ``-``, format; ``missing`` for a model that is not here."""
    import_folders: tuple[str, ...] = ()
    file: str = ""
    noted: tuple[str, ...] = ()
    """Parts of notes that must be there."""
    error: str = ""
    """The failure's class."""
    says: tuple[str, ...] = ()
    """What its message must hold."""
    extra: dict[str, object] = field(default_factory=dict)
