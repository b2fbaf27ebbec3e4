"""The Dockerfile of a much-read article (many RUN lines, plain torch) in variants: what does each part of the fix save?

Every variant is built by buildah on the stand-in bases with torch's CPU build, so that no CUDA wheel is fetched; what
those weigh is the finding's own figure, as lint gives it. The variants build on each other:

found        as the article has it, removal of caches in a last RUN and all
merged       neighbouring RUN lines joined, and nothing else
clean        the fixes of class safe: caches, lists and what the folder holds besides
fixed        and those of class verify: build tools go, the image is slim
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from jettison.dockerfile.instructions import edited
from jettison.lint import project
from jettison.lint.joining import joined, neighbours
from jettison.pipeline.linting import checked, written
from jettison.workspace import cache_root

from .bases import made
from .builds import Case, _at, _side
from .images import Store
from .index import TORCH_ADDRESS, served
from .settings import volumes

FOLDER = Path(__file__).parent / "article"
PLAIN, CPU = "RUN pip install torch\n", f"RUN pip install torch --index-url {TORCH_ADDRESS}\n"


def measured() -> dict[str, Any]:
    """The variants, and what each saves beside the one before it."""
    store = Store(cache_root() / "lint-builds")
    bases = made(store)
    rows: list[dict[str, Any]] = []
    for name, change in VARIANTS.items():
        rows.append({"name": name, **_built(change, store)})
        rows[-1]["saved_bytes"] = rows[0]["size_bytes"] - rows[-1]["size_bytes"]
        print(f"  {name:<12}{rows[-1]['size_bytes'] / 1e6:9.1f} MB in {rows[-1]['layers']} layers", flush=True)
    store.removed(bases)
    applied = checked(FOLDER, classes=("safe", "verify")).applied
    return {
        "bases": {name: store.size_bytes(name) for name in bases},
        "variants": rows,
        "merging_alone_saves_bytes": rows[1]["saved_bytes"],
        "claimed": [
            {"code": each.code, "name": each.name, "bytes": each.saving.size_bytes, "known": each.saving.known}
            for each in applied
            if each.saving
        ],
    }


def _built(change: Callable[[Path], None], store: Store) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="jettison-article-") as place, served() as index:
        folder = Path(place) / "service"
        shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
        dockerfile = folder / "Dockerfile"
        dockerfile.write_text(dockerfile.read_text("utf-8").replace(PLAIN, CPU), "utf-8")
        for name, size in _BESIDES.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(b"\x93" * size)
        change(folder)
        text = dockerfile.read_text("utf-8")
        with _at(folder, index):
            case = Case(name="article", folder=folder, port=5127)
            side = _side(case, folder, "article:latest", store, volumes(Path(place) / "settings", index))
        return {**asdict(side), "dockerfile": text}


def _as_found(folder: Path) -> None:
    """Nothing."""


def _merged(folder: Path) -> None:
    found = project(folder)
    dockerfile = found.builds[0].dockerfile
    edits = [edit for group in neighbours(found.builds[0]) for edit in joined(dockerfile, group).edits]
    (folder / "Dockerfile").write_text(edited(dockerfile.text, edits), "utf-8")


def _clean(folder: Path) -> None:
    written(folder, checked(folder, classes=("safe",)))


def _fixed(folder: Path) -> None:
    written(folder, checked(folder, classes=("safe", "verify")))


_BESIDES = {".git/objects/pack/p.pack": 40_000_000, "model/model.safetensors": 60_000_000, "try.ipynb": 2_000_000}
"""What lies in the folder besides the code, in bytes."""
VARIANTS: Mapping[str, Callable[[Path], None]] = {
    "found": _as_found,
    "merged": _merged,
    "clean": _clean,
    "fixed": _fixed,
}
