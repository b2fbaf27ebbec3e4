"""Layers that are made once: the same entries are never compressed twice."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from ..oci import Compression, Descriptor, Entry, create, epoch, written
from ..oci.layout import blob_path
from ..records import Layer, Steps, from_json, to_json
from ..workspace import Workspace, digest, file_digest, space_for
from .rootfs.links import real_path

_RECORD = "layer.json"


@dataclass(frozen=True, kw_only=True)
class StoredLayer:
    """A layer and the OCI layout in the cache that holds its blob."""

    layer: Layer
    blobs: Path


def stored_layer(
    entries: Iterable[Entry], workspace: Workspace, *, name: str, compression: Compression
) -> Steps[StoredLayer]:
    """The layer made of the entries, from the cache when it has been made before."""
    every = list(entries)
    key = digest(name, compression, epoch(), *sorted(_identity(entry) for entry in every))

    def make(folder: Path) -> Steps[None]:
        create(folder)
        layer = yield from written(every, folder, name=name, compression=compression)
        (folder / _RECORD).write_bytes(to_json(layer))

    folder = yield from workspace.folder("layers", key, make)
    return StoredLayer(layer=from_json((folder / _RECORD).read_bytes(), Layer), blobs=folder)


def inside(root: Path, entries: Iterable[Entry]) -> list[Entry]:
    """The entries where they really lie once laid over a root: below ``/usr/lib`` when ``/lib`` is a link there.

    A folder over a link would hide what the link leads to; a folder that is one already is left out.
    """
    placed = []
    links: dict[bytes, bytes] = {}
    for entry in entries:
        folder, slash, name = entry.name.rpartition(b"/")
        if folder not in links:
            links[folder] = os.fsencode(real_path(root, os.fsdecode(folder)))
        moved = replace(entry, name=links[folder] + slash + name)
        if not (entry.kind == "folder" and (root / os.fsdecode(moved.name)).is_symlink()):
            placed.append(moved)
    return placed


def copied_blob(digest: str, blobs: Path, layout: Path) -> None:
    """Bring a blob from one layout into another."""
    source, target = blob_path(blobs, digest), blob_path(layout, digest)
    if target.exists():
        return
    with space_for(layout):
        shutil.copyfile(source, target)


def descriptor(layer: Layer) -> Descriptor:
    """How a manifest points to the layer."""
    return Descriptor(media_type=layer.media_type, digest=layer.digest, size_bytes=layer.compressed_bytes)


def _identity(entry: Entry) -> bytes:
    """Everything of an entry that reaches the layer, its content by digest."""
    content = digest(entry.content) if isinstance(entry.content, bytes) else file_digest(entry.content)
    shared = str(entry.inode) if entry.inode else ""
    return b"\0".join(
        [entry.name, entry.kind.encode(), b"%o" % entry.mode, entry.target, content.encode(), shared.encode()]
    )
