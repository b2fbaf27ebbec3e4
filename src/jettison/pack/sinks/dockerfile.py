"""A build folder for people with a builder of their own: Dockerfile, hashed requirements, wheels, model, app.

``docker build`` gives nearly the same image from it: the same libraries without the same files, on the official
slim base instead of ours.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from ...records import Blueprint, Image, Progress, Steps
from ...workspace import output_folder
from ..outputs import ALWAYS, PRUNED_FILES, REQUIREMENTS_LOCK, UNLESS_SET

NAME = "dockerfile"
_CREDENTIALS = re.compile(r"://[^/@\s]+@")
_CPU_BUILDS = "https://download.pytorch.org/whl/cpu"
_PLAIN = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:,+@%")


def write(image: Image, blueprint: Blueprint, into: Path) -> Steps[Path]:
    """The folder."""
    assert image.layout is not None and image.requirements_lock is not None
    yield Progress(step="write Dockerfile", note=str(into))
    with output_folder(into) as made:
        shutil.copyfile(image.requirements_lock, made / REQUIREMENTS_LOCK)
        shutil.copyfile(image.layout.parent / PRUNED_FILES, made / PRUNED_FILES)
        (made / "wheels").mkdir()
        for wheel in (*blueprint.wheels, *blueprint.compiled):
            shutil.copyfile(wheel, made / "wheels" / wheel.name)
        shutil.copytree(blueprint.app, made / "app", symlinks=True)
        for position, (folder, _) in enumerate(blueprint.models):
            shutil.copytree(folder, made / _model_folder(position), symlinks=True)
        (made / "Dockerfile").write_text("\n".join(_lines(image, blueprint)) + "\n", "utf-8")
    return into


def _lines(image: Image, blueprint: Blueprint) -> Iterator[str]:
    site = f"/usr/local/lib/python{image.python}/site-packages"
    yield f"ARG BASE=docker.io/library/python:{image.python}-slim"
    yield "FROM ${BASE} AS libraries"
    yield f"COPY {REQUIREMENTS_LOCK} {PRUNED_FILES} /build/"
    yield "COPY wheels/ /build/wheels/"
    # Made in a stage of its own, so that what is removed never reaches a layer of the image.
    yield "RUN python -m pip install --no-cache-dir --no-compile --no-deps --require-hashes --only-binary :all: \\"
    for option in _index_options(image, blueprint):
        yield f"      {option} \\"
    yield f"      --find-links /build/wheels --target /libraries -r /build/{REQUIREMENTS_LOCK} \\"
    yield f" && cd /libraries && xargs -d '\\n' rm -f < /build/{PRUNED_FILES} \\"
    yield " && python -m compileall -q --invalidation-mode unchecked-hash ."
    yield ""
    yield "FROM ${BASE}"
    yield f"COPY --from=libraries /libraries {site}"
    for position, (_, target) in enumerate(blueprint.models):
        yield f"COPY {_model_folder(position)}/ {_quoted(target.rstrip('/') + '/')}"
    yield "COPY app/ /"
    yield f"ENV PATH={site}/bin:$PATH"
    for name, value in (dict((*UNLESS_SET, *ALWAYS)) | dict(blueprint.environment)).items():
        yield f"ENV {name}={_quoted(value)}"
    yield f"WORKDIR {blueprint.workdir}"
    yield f"USER {blueprint.user}"
    if blueprint.port:
        yield f"EXPOSE {blueprint.port}"
    yield f"CMD {json.dumps(list(blueprint.command))}"


def _index_options(image: Image, blueprint: Blueprint) -> Iterator[str]:
    """The service's own, without credentials; and PyTorch's index where the lock holds a CPU build."""
    yield from (_CREDENTIALS.sub("://", option) for option in blueprint.index_options)
    assert image.requirements_lock is not None
    if "+cpu " in image.requirements_lock.read_text("utf-8"):
        yield f"--extra-index-url {_CPU_BUILDS}"


def _model_folder(position: int) -> str:
    return "model" if position == 0 else f"model-{position + 1}"


def _quoted(value: str) -> str:
    """As the Dockerfile's own words need it: ``$`` would be a variable."""
    if value and set(value) <= _PLAIN:
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")
    return f'"{escaped}"'
