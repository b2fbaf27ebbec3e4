"""An OCI image layout: a folder of blobs named by their digests, and an index of what they are."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from ..errors import ImageInvalid
from ..workspace import space_for
from .documents import config_bytes, digest_of, index_bytes, manifest_bytes
from .values import CONFIG, CONTAINERD_NAME, MANIFEST, REFERENCE_NAME, Config, Descriptor, Index, Manifest, Pairs

LAYOUT_FILE = "oci-layout"
INDEX_FILE = "index.json"
LAYOUT_DOCUMENT = {"imageLayoutVersion": "1.0.0"}


def create(layout: Path) -> None:
    """Make the folder of an empty layout, or find one that is there."""
    with space_for(layout):
        (layout / "blobs" / "sha256").mkdir(parents=True, exist_ok=True)
        (layout / LAYOUT_FILE).write_bytes(json.dumps(LAYOUT_DOCUMENT, separators=(",", ":")).encode())


def blob_path(layout: Path, digest: str) -> Path:
    """Where the blob of that digest lies. :raises ImageInvalid: the digest is not a sha256."""
    algorithm, _, hexadecimal = digest.partition(":")
    if algorithm != "sha256" or len(hexadecimal) != 64 or not set(hexadecimal) <= set("0123456789abcdef"):
        raise ImageInvalid(
            f"{digest!r} is no sha256 digest",
            where=str(layout),
            next_step="images with other digests are not read: copy it with a tool that writes sha256",
        )
    return layout / "blobs" / "sha256" / hexadecimal


@dataclass
class FreshBlob:
    """A blob whose digest is not known yet."""

    file: BinaryIO
    digest: str = field(default="")

    def keep(self, digest: str) -> None:
        """Say the digest; without that the blob is dropped."""
        self.digest = digest


@contextlib.contextmanager
def fresh_blob(layout: Path) -> Iterator[FreshBlob]:
    """A file beside the blobs that takes its place among them once its digest is known."""
    folder = layout / "blobs" / "sha256"
    with space_for(folder):
        handle, name = tempfile.mkstemp(dir=folder, prefix=".", suffix=".tmp")
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                blob = FreshBlob(file=file)
                yield blob
            if blob.digest:
                temporary.chmod(0o644)
                temporary.replace(blob_path(layout, blob.digest))
        finally:
            temporary.unlink(missing_ok=True)


def put(layout: Path, data: bytes, media_type: str) -> Descriptor:
    """Store bytes as a blob."""
    digest = digest_of(data)
    with fresh_blob(layout) as blob:
        blob.file.write(data)
        blob.keep(digest)
    return Descriptor(media_type=media_type, digest=digest, size_bytes=len(data))


def put_image(
    layout: Path,
    *,
    config: Config,
    layers: tuple[Descriptor, ...],
    reference: str,
    annotations: Pairs = (),
) -> Descriptor:
    """Write config, manifest and an index with this one image; the layers' blobs are there already.

    :param reference: ``name:tag``; the tag alone is what a layout's index may hold, the whole name goes into
        containerd's annotation
    :returns: the manifest's descriptor
    """
    config_descriptor = put(layout, config_bytes(config), CONFIG)
    manifest = Manifest(config=config_descriptor, layers=layers, annotations=annotations)
    stored = put(layout, manifest_bytes(manifest), MANIFEST)
    entry = Descriptor(
        media_type=stored.media_type,
        digest=stored.digest,
        size_bytes=stored.size_bytes,
        platform=config.platform,
        annotations=((CONTAINERD_NAME, reference), (REFERENCE_NAME, tag_of(reference))),
    )
    with space_for(layout):
        (layout / INDEX_FILE).write_bytes(index_bytes(Index(manifests=(entry,))))
    return stored


def tag_of(reference: str) -> str:
    """The tag of ``host:5000/name:tag``; ``latest`` without one."""
    last = reference.rpartition("/")[2].partition("@")[0]
    return last.partition(":")[2] or "latest"
