"""The files of a service laid out as in its image, with some of them exchanged."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Mapping
from pathlib import Path, PurePosixPath

from jettison.records import Deployment
from jettison.workspace import space_for

MODEL_SHELF = "/models"
"""Where a model that the code names by its hub name lies in an image; the runtime looks there."""

_NEVER = ("Dockerfile", "Containerfile", ".dockerignore", "jettison.toml")
_NEVER_FOLDERS = (".git", "__pycache__", ".venv", "venv", "node_modules", ".pytest_cache", ".mypy_cache")


def staged(
    deployment: Deployment,
    into: Path,
    *,
    texts: Mapping[str, str],
    models: Mapping[str, Path],
    left_out: Collection[Path],
) -> None:
    """Fill a folder as the root of an image.

    :param texts: sources that stand instead of the found ones, by path relative to the service's folder.
    :param models: folders by their place in the image; what COPY would bring there is left out.
    :param left_out: files of the service's folder that are no part of it: recorded requests, labelled data.
    """
    with space_for(into):
        for file in deployment.files:
            if any(_within(file.target, place) for place in models) or not _belongs(file.source, left_out):
                continue
            place = _place(into, file.target)
            if file.source.as_posix() in texts:
                place.write_text(texts[file.source.as_posix()], encoding="utf-8")
            else:
                shutil.copyfile(deployment.root / file.source, place)
                place.chmod(0o755 if (deployment.root / file.source).stat().st_mode & 0o100 else 0o644)
        for target, text in deployment.written:
            _place(into, target).write_text(text, encoding="utf-8")
        for target, folder in models.items():
            shutil.copytree(folder, _place(into, target), dirs_exist_ok=True)
        (into / deployment.workdir.strip("/")).mkdir(parents=True, exist_ok=True)


def model_place(name: str, image_path: str | None) -> str:
    """Where the converted model of that name lies in the image: where the original lay, else on the shelf."""
    return image_path or f"{MODEL_SHELF}/{name.strip('/').replace('/', '--')}"


def _belongs(source: Path, left_out: Collection[Path]) -> bool:
    return (
        source.name not in _NEVER
        and not any(part in _NEVER_FOLDERS for part in source.parts)
        and source not in left_out
    )


def _within(target: str, folder: str) -> bool:
    return PurePosixPath(target).is_relative_to(PurePosixPath(folder))


def _place(into: Path, target: str) -> Path:
    place = into / target.strip("/")
    place.parent.mkdir(parents=True, exist_ok=True)
    return place
