"""A base that the user gives: an OCI layout or docker-archive with a Python inside, its layers kept byte for byte."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from ... import oci
from ...errors import ImageInvalid, SettingsInvalid
from ...oci import Compression, History, Platform, StoredImage
from ...oci.layout import fresh_blob
from ...oci.values import OCI_TYPE_OF
from ...records import Blueprint, Layer, Progress, Steps, from_json, to_json
from ...workspace import Workspace, digest
from ..inspection import layer_of
from ..root import Root
from ..rootfs.python_inside import libc_version, python_inside

NAME = "oci layout"
_CHUNK_BYTES = 1 << 20
_LAYERS = "layers.json"


def fits(base: str) -> bool:
    """The base is a path, with ``:tag`` behind it where the layout holds several images."""
    return "/" in base or base.startswith(".") or _place(base)[0].exists()


def root(blueprint: Blueprint, workspace: Workspace, compression: Compression) -> Steps[Root]:
    """The given image. What compresses our layers does not touch the given ones.

    :raises ImageInvalid: it cannot be read, is of another architecture, or holds no Python
    """
    path, tag = _place(blueprint.base)
    if not path.exists():
        raise SettingsInvalid(
            f"there is no base at {path}",
            where=blueprint.base,
            next_step="give the path of an OCI layout, for example one that `skopeo copy` made",
        )
    image = oci.stored(path, reference=tag, platform=Platform(architecture=blueprint.architecture))
    if image.config.platform.architecture != blueprint.architecture:
        raise ImageInvalid(
            f"the base is for {image.config.platform.architecture}, not for {blueprint.architecture}",
            where=str(path),
            next_step="give a base of that architecture",
        )
    key = digest(image.digest, image.config_bytes)
    blobs = yield from workspace.folder("given-layers", key, lambda folder: _copied(image, folder))
    folder = yield from workspace.folder("roots", key, lambda folder: oci.unpacked(image, folder))
    python = python_inside(folder, dict(image.config.environment).get("PATH", ""), str(path))
    layers = from_json((blobs / _LAYERS).read_bytes(), tuple[Layer, ...])
    note = (
        ""
        if python.version == blueprint.python
        else (f"the service asks for Python {blueprint.python}, the given base has {python.version}")
    )
    return Root(
        folder=folder,
        blobs=blobs,
        layers=layers,
        history=_history(image),
        python=python.version,
        executable=python.executable,
        site=python.site,
        standard_library=python.standard_library,
        libc=libc_version(folder),
        environment=image.config.environment,
        label=f"{image.reference or path.name} {image.digest}".strip(),
        notes=(note,) if note else (),
        given=True,
    )


def _place(base: str) -> tuple[Path, str]:
    """The path, and the tag behind it where there is one."""
    whole = Path(base)
    path, _, tag = base.rpartition(":")
    return (Path(path), tag) if path and not whole.exists() else (whole, "")


def _copied(image: StoredImage, layout: Path) -> Steps[None]:
    """The layers' blobs as they are, and what a manifest has to say of each."""
    oci.create(layout)
    layers = []
    for position, descriptor in enumerate(image.manifest.layers):
        yield Progress(step="base", done=position, total=len(image.manifest.layers), note=image.where)
        total = hashlib.sha256()
        size = 0
        with fresh_blob(layout) as blob, image.blobs.open(descriptor.digest) as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                total.update(chunk)
                size += len(chunk)
                blob.file.write(chunk)
            blob.keep(f"sha256:{total.hexdigest()}")
        layers.append(
            replace(
                layer_of(image, position),
                name=f"base {position + 1}",
                digest=blob.digest,
                compressed_bytes=size,
                media_type=OCI_TYPE_OF.get(descriptor.media_type, descriptor.media_type),
            )
        )
    (layout / _LAYERS).write_bytes(to_json(tuple(layers)))


def _history(image: StoredImage) -> tuple[History, ...]:
    """The image's own, where it tells of as many layers as there are; else a line for each."""
    told = sum(not entry.empty_layer for entry in image.config.history)
    if told == len(image.manifest.layers):
        return image.config.history
    return tuple(History(created_by="base") for _ in image.manifest.layers)
