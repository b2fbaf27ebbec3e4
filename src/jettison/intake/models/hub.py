"""Models of the Hugging Face hub as they lie in this machine's cache, or in a folder that a person names.

Layout of the cache: huggingface_hub's documentation, "Understand caching": ``models--org--name/refs/main`` names the
snapshot in ``models--org--name/snapshots/``. Nothing is downloaded here.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

_NAME = re.compile(r"[\w][\w.-]*(/[\w][\w.-]*)?")

# Names that the hub itself leads on to others.
_RENAMED = {
    "t5": "google-t5", "bert": "google-bert", "gpt2": "openai-community", "roberta": "FacebookAI", "xlm": "FacebookAI",
    "distilbert": "distilbert", "distilgpt2": "distilbert", "distilroberta": "distilbert", "albert": "albert",
}  # fmt: skip


def is_hub_name(text: str) -> bool:
    """Whether a text has the form of a model's name on the hub: ``t5-base``, ``google/flan-t5-small``."""
    return bool(_NAME.fullmatch(text)) and not text.endswith(
        (".py", ".txt", ".json", ".pkl", ".bin", ".pt", ".pth", ".onnx")
    )


def cached(name: str, revision: str = "main") -> Path | None:
    """The folder of a model in the local hub cache; None when it is not there."""
    for cache in cache_folders():
        for each in _names(name):
            found = _snapshot(cache / f"models--{each.replace('/', '--')}", revision)
            if found is not None:
                return found
    return None


def cache_folders() -> list[Path]:
    """Where the hub's libraries keep models, the strongest setting first."""
    environment = os.environ
    home = environment.get("HF_HOME") or str(
        Path(environment.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "huggingface"
    )
    named = [environment.get(each) for each in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "TRANSFORMERS_CACHE")]
    return [
        Path(each) for each in (*named, str(Path(home) / "hub"), environment.get("SENTENCE_TRANSFORMERS_HOME")) if each
    ]


def in_folder(name: str, models: Path) -> Path | None:
    """A model in a folder of models that a person names: the folder itself, ``name``, ``org/name``, ``org--name``, or a
    hub cache."""
    short = name.rpartition("/")[2]
    for each in (name, short, name.replace("/", "--"), name.replace("/", "_")):
        if each and (models / each).exists():
            return models / each
    found = next(
        (path for each in _names(name) if (path := _snapshot(models / f"models--{each.replace('/', '--')}", "main"))),
        None,
    )
    if found is not None:
        return found
    return models if models.name == short or (models / "config.json").is_file() else None


def _names(name: str) -> list[str]:
    """The name, and those under which the hub and its libraries may keep the same model."""
    owner = _RENAMED.get(re.split(r"[-_]", name)[0]) if "/" not in name else None
    return [
        name,
        *([f"{owner}/{name}"] if owner else []),
        *([f"sentence-transformers/{name}"] if "/" not in name else []),
    ]


def _snapshot(folder: Path, revision: str) -> Path | None:
    try:
        reference = folder / "refs" / revision
        commit = reference.read_text().strip() if reference.is_file() else revision
        path = folder / "snapshots" / commit
        if re.fullmatch(r"[\w.-]+", commit) and path.is_dir():
            return path
        snapshots = sorted((folder / "snapshots").iterdir()) if revision == "main" else []
    except (OSError, UnicodeDecodeError):
        return None
    return snapshots[0] if len(snapshots) == 1 and snapshots[0].is_dir() else None
