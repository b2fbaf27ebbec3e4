"""The image beside a report, read by the OCI layout's own rules: a digest names a blob, a manifest names its layers."""

from __future__ import annotations

import gzip
import hashlib
import io
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, TypeVar, cast

from ...records import Checked, Image, Layer, Report, from_json
from .files import described, plain

if TYPE_CHECKING:
    from types import ModuleType

T = TypeVar("T")

LAYOUT = "image"
"""The folder of the OCI layout in the output folder."""
PIECE = 1 << 20
GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


@dataclass(frozen=True, kw_only=True)
class _Descriptor:
    digest: str
    size: int


@dataclass(frozen=True, kw_only=True)
class _Index:
    manifests: tuple[_Descriptor, ...]


@dataclass(frozen=True, kw_only=True)
class _Manifest:
    config: _Descriptor
    layers: tuple[_Descriptor, ...]


@dataclass(frozen=True, kw_only=True)
class _RootFiles:
    diff_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class _Config:
    rootfs: _RootFiles


def image_claims(folder: Path, report: Report) -> Iterator[Checked]:
    """The manifest that the index names, the configuration, and every layer both as it is sent and unpacked."""
    if (image := report.image) is None:
        return
    layout = folder / LAYOUT
    index = _document(layout / "index.json", _Index)
    named = _listed([one.digest for one in index.manifests]) if index else "no index.json"
    yield Checked(
        claim="image: manifest that the index names",
        stated=plain(image.digest),
        found=named,
        holds=plain(image.digest) == named,
    )
    yield _blob("image: manifest", layout, image.digest)
    manifest = _document(_path(layout, image.digest), _Manifest)
    if manifest is None:
        return
    yield _blob("image: configuration", layout, manifest.config.digest, manifest.config.size)
    yield from _lists(layout, image, manifest)
    for layer in image.layers:
        yield _blob(f"image layer {layer.name}: as sent", layout, layer.digest, layer.compressed_bytes)
        yield _unpacked(layout, layer)


def _lists(layout: Path, image: Image, manifest: _Manifest) -> Iterator[Checked]:
    """The layers that manifest and configuration name, in their order."""
    config = _document(_path(layout, manifest.config.digest), _Config)
    for claim, stated, found in (
        (
            "image: layers of the manifest",
            [one.digest for one in image.layers],
            [one.digest for one in manifest.layers],
        ),
        (
            "image: layers of the configuration",
            [one.diff_id for one in image.layers],
            list(config.rootfs.diff_ids) if config else [],
        ),
    ):
        yield Checked(
            claim=claim, stated=_listed(stated), found=_listed(found), holds=_listed(stated) == _listed(found)
        )


def _listed(digests: list[str]) -> str:
    return ", ".join(plain(digest) for digest in digests)


def _blob(claim: str, layout: Path, digest: str, size: int | None = None) -> Checked:
    found = described(layout, f"blobs/sha256/{plain(digest)}")
    stated = f"sha256 {plain(digest)}" if size is None else f"{size:,} bytes, sha256 {plain(digest)}"
    return Checked(claim=claim, stated=stated, found=found, holds=found == stated or found.endswith(f", {stated}"))


def _unpacked(layout: Path, layer: Layer) -> Checked:
    stated = f"{layer.unpacked_bytes:,} bytes, sha256 {plain(layer.diff_id)}"
    total, size = hashlib.sha256(), 0
    try:
        with _path(layout, layer.digest).open("rb") as file, _plain_stream(file) as stream:
            while piece := stream.read(PIECE):
                total.update(piece)
                size += len(piece)
                if size > layer.unpacked_bytes:
                    break
    except (OSError, EOFError, zlib.error, _zstd().ZstdError):
        found = "missing or damaged"
    else:
        found = "more bytes" if size > layer.unpacked_bytes else f"{size:,} bytes, sha256 {total.hexdigest()}"
    return Checked(claim=f"image layer {layer.name}: unpacked", stated=stated, found=found, holds=stated == found)


def _plain_stream(file: io.BufferedReader) -> IO[bytes]:
    """The tar inside a blob, by what its first bytes say."""
    start = file.peek(4)
    if start.startswith(GZIP):
        return cast("IO[bytes]", gzip.GzipFile(fileobj=file, mode="rb"))
    if start.startswith(ZSTD):
        return cast("IO[bytes]", _zstd().ZstdFile(file, mode="rb"))
    return file


def _zstd() -> ModuleType:
    """The module of Python 3.14, or its backport with the same interface."""
    if sys.version_info >= (3, 14):
        from compression import zstd as module
    else:
        from backports import zstd as module
    return module


def _path(layout: Path, digest: str) -> Path:
    """Where a blob lies; a digest that is none leads to a name that no file has."""
    name = plain(digest)
    return layout / "blobs" / "sha256" / (name if name.isalnum() else "no digest")


def _document(path: Path, kind: type[T]) -> T | None:
    try:
        return from_json(path.read_bytes(), kind)
    except (OSError, ValueError, RecursionError):
        return None
