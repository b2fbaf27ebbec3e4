"""What the image of a service weighs as its Dockerfile builds it, part by part, without building or downloading it."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from pathlib import Path

from ..oci.base_images import base_image, base_part, provided
from ..records import Checkpoint, CopiedFile, Deployment, Group, Part, Progress, Steps, Weight
from ..workspace import Workspace
from .weigh_python import Surroundings, python_parts, python_weight
from .weigh_system import system_weight

__all__ = ["python_parts", "weight"]

_SAMPLE_BYTES = 4_000_000
_SAMPLES = 4
"""A file larger than its samples together is compressed only in samples, spread evenly."""


def weight(
    deployment: Deployment, workspace: Workspace, *, name: str = "as found", cpu_torch: bool = False
) -> Steps[Weight]:
    """The whole image for linux on x86-64: base, system packages, Python packages, bytecode, caches, copied files.

    :param name: of the result
    :param cpu_torch: weigh it as if torch came without CUDA
    :raises Unresolvable: the requirements cannot be satisfied
    :raises IndexUnreachable: a package index does not answer
    """
    yield Progress(step="weigh", note=deployment.base_image or deployment.name)
    missing: list[str] = []
    base = base_image(deployment.base_image) if deployment.base_image else None
    part = base_part(deployment.base_image) if deployment.base_image else None
    if part is None:
        missing.append(_unknown_base(deployment))
    system = yield from system_weight(deployment.system_installs, base, workspace)
    around = Surroundings(
        python=deployment.python,
        suite=base.suite if base else "",
        environment=dict(deployment.environment),
        provided=provided(deployment.base_image) if deployment.base_image else (),
        workspace=workspace,
        cpu_torch=cpu_torch,
    )
    python = yield from python_weight(deployment.python_installs, around)
    missing += [*system.missing, *python.missing, *_not_in_the_image(deployment.checkpoints)]
    yield Progress(step="weigh", note="copied files")
    return Weight(
        name=name,
        parts=(*((part,) if part else ()), *system.parts, *python.parts, *_copied(deployment)),
        missing=tuple(missing),
        fetched_bytes=python.fetched_bytes,
    )


def _unknown_base(deployment: Deployment) -> str:
    if not deployment.base_image:
        return "there is no Dockerfile, so no base image is counted"
    return f"the base image {deployment.base_image} is not counted: no registry answers and the table does not know it"


def _not_in_the_image(checkpoints: Iterable[Checkpoint]) -> list[str]:
    return [
        f"the model {checkpoint.name} is not in the image: the service fetches it or has it mounted"
        for checkpoint in checkpoints
        if checkpoint.image_path is None
    ]


def _copied(deployment: Deployment) -> list[Part]:
    """A part for every checkpoint that COPY brings, and one for everything else."""
    parts = []
    rest = list(deployment.files)
    for checkpoint in deployment.checkpoints:
        place = checkpoint.image_path
        if place is None:
            continue
        own = [file for file in rest if file.target == place or file.target.startswith(f"{place.rstrip('/')}/")]
        taken = {file.target for file in own}
        rest = [file for file in rest if file.target not in taken]
        if own:
            parts.append(_files_part(f"model {checkpoint.name}", "model", own, deployment.root))
    if rest:
        parts.append(_files_part("the service's own files", "app", rest, deployment.root))
    return parts


def _files_part(name: str, group: Group, files: list[CopiedFile], root: Path) -> Part:
    sampled = any(file.size_bytes > _SAMPLES * _SAMPLE_BYTES for file in files)
    return Part(
        name=name,
        group=group,
        pulled_bytes=sum(_compressed_bytes(root / file.source, file.size_bytes) for file in files),
        unpacked_bytes=sum(file.size_bytes for file in files),
        known="weighed",
        source=f"{len(files)} files on disk; compressed size {'from samples' if sampled else 'by compressing them'}",
    )


def _compressed_bytes(path: Path, size_bytes: int) -> int:
    """What gzip makes of a file, from samples where it is large; its own size where it cannot be read."""
    try:
        with path.open("rb") as file:
            if size_bytes <= _SAMPLES * _SAMPLE_BYTES:
                return len(zlib.compress(file.read(), 6))
            taken = bytearray()
            for index in range(_SAMPLES):
                file.seek((size_bytes - _SAMPLE_BYTES) * index // (_SAMPLES - 1))
                taken += file.read(_SAMPLE_BYTES)
    except OSError:
        return size_bytes
    return round(size_bytes * len(zlib.compress(bytes(taken), 6)) / len(taken)) if taken else 0
