"""One file for ``docker load`` and ``podman load``."""

from __future__ import annotations

from pathlib import Path

from ... import oci
from ...errors import OutputRefused
from ...records import Blueprint, Image, Steps

NAME = "docker-archive"


def write(image: Image, blueprint: Blueprint, into: Path) -> Steps[Path]:
    """The archive as a file.

    :raises OutputRefused: something stands there already
    """
    assert image.layout is not None
    if into.exists():
        raise OutputRefused(
            f"{into} exists", where=str(into), next_step="choose another file with --out, or remove this one yourself"
        )
    into.parent.mkdir(parents=True, exist_ok=True)
    temporary = into.with_name(f".{into.name}.tmp")
    temporary.unlink(missing_ok=True)
    try:
        yield from oci.docker_archive(oci.stored(image.layout), image.reference, temporary)
        temporary.replace(into)
    finally:
        temporary.unlink(missing_ok=True)
    return into
