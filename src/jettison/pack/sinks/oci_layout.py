"""A copy of the OCI layout: what skopeo, podman, buildah and crane read, with the image's own digest."""

from __future__ import annotations

import shutil
from pathlib import Path

from ...records import Blueprint, Image, Progress, Steps
from ...workspace import output_folder

NAME = "oci"


def write(image: Image, blueprint: Blueprint, into: Path) -> Steps[Path]:
    """The layout as a folder."""
    assert image.layout is not None
    yield Progress(step="write OCI layout", note=str(into))
    with output_folder(into) as made:
        shutil.copytree(image.layout, made, dirs_exist_ok=True)
    return into
