"""Images as others wrote them: an OCI layout as folder or tar, what ``docker save`` writes, old and new."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Protocol

from ..errors import ImageInvalid
from . import compression, documents
from .files import ArchiveFiles, Files, FolderFiles
from .values import (
    CONTAINERD_NAME,
    DOCKER_CONFIG,
    DOCKER_LAYER,
    DOCKER_LAYER_GZIP,
    DOCKER_MANIFEST,
    INDEX_TYPES,
    LAYER_ZSTD,
    MANIFEST_TYPES,
    REFERENCE_NAME,
    Config,
    Descriptor,
    Manifest,
    Platform,
)

INDEX_FILE = "index.json"
DOCKER_FILE = "manifest.json"
DOCUMENT_LIMIT_BYTES = 16 << 20
"""Longer documents are refused: registries stop at 4 MB."""


class Blobs(Protocol):
    """Where an image's bytes come from."""

    def open(self, digest: str) -> BufferedReader:
        """The blob of that digest, from its start. :raises ImageInvalid: there is none."""
        ...


@dataclass(frozen=True, kw_only=True)
class StoredImage:
    """One image somewhere on this machine. Its documents are kept byte for byte."""

    where: str
    """For messages."""
    reference: str
    manifest: Manifest
    manifest_bytes: bytes
    """Empty when it came without one, as the docker-archive of old does."""
    config: Config
    config_bytes: bytes
    blobs: Blobs

    @property
    def digest(self) -> str:
        """Of the manifest; empty when there is none."""
        return documents.digest_of(self.manifest_bytes) if self.manifest_bytes else ""

    def plain_layer(self, position: int) -> AbstractContextManager[BinaryIO]:
        """The uncompressed tar of a layer, as a stream to be read once."""
        return compression.plain(self.blobs.open(self.manifest.layers[position].digest))


def stored(path: Path, *, reference: str = "", platform: Platform | None = None) -> StoredImage:
    """The image in a layout folder, a layout's tar, or a docker-archive.

    :param reference: which image, where the file holds several: a tag, or a whole name
    :param platform: which one of an index; linux/amd64 when not said
    :raises ImageInvalid: there is no image there that can be read
    """
    files: Files = FolderFiles(path) if path.is_dir() else ArchiveFiles.opened(path)
    if files.has(INDEX_FILE):
        return _from_layout(files, reference, platform or Platform())
    if files.has(DOCKER_FILE):
        return _from_docker(files, reference)
    raise ImageInvalid(
        f"{path} holds neither an OCI layout nor a docker-archive",
        where=str(path),
        next_step=f"write one with `skopeo copy docker-daemon:NAME oci:{path.name}` or `docker save`",
    )


def _document(files: Files, name: str) -> bytes:
    with files.open(name) as stream:
        data = stream.read(DOCUMENT_LIMIT_BYTES + 1)
    if len(data) > DOCUMENT_LIMIT_BYTES:
        raise _unreadable(files, f"{name} is longer than any image document")
    return data


def _from_layout(files: Files, reference: str, platform: Platform) -> StoredImage:
    blobs = _LayoutBlobs(files)
    index = documents.index(_document(files, INDEX_FILE), files.where)
    entries = [entry for entry in index.manifests if not reference or reference in _names(entry)]
    if not entries:
        raise _unreadable(files, f"there is no image named {reference!r} in it")
    if not reference and len({entry.digest for entry in entries if _fits(entry, platform)}) > 1:
        known = sorted({name for entry in entries for name in _names(entry)})
        raise _unreadable(files, f"it holds several images, say which: {', '.join(known) or 'they have no names'}")
    data = selected(blobs, entries, platform, files.where)
    manifest = documents.manifest(data, files.where)
    with blobs.open(manifest.config.digest) as stream:
        config_bytes = stream.read(DOCUMENT_LIMIT_BYTES)
    return StoredImage(
        where=files.where,
        reference=reference or next(iter(_names(entries[0])), ""),
        manifest=manifest,
        manifest_bytes=data,
        config=documents.config(config_bytes, files.where),
        config_bytes=config_bytes,
        blobs=blobs,
    )


def selected(blobs: Blobs, entries: list[Descriptor], platform: Platform, where: str, depth: int = 0) -> bytes:
    """The bytes of the one manifest for the platform, found through nested indexes.

    :raises ImageInvalid: none is for the platform
    """
    for entry in entries:
        if not _fits(entry, platform):
            continue
        with blobs.open(entry.digest) as stream:
            data = stream.read(DOCUMENT_LIMIT_BYTES)
        media_type = documents.media_type_of(data, where)
        if media_type in MANIFEST_TYPES:
            return data
        if media_type in INDEX_TYPES and depth < 4:
            return selected(blobs, list(documents.index(data, where).manifests), platform, where, depth + 1)
    there = sorted({f"{e.platform.os}/{e.platform.architecture}" for e in entries if e.platform})
    raise ImageInvalid(
        f"there is no image for {platform.os}/{platform.architecture} in it"
        + (f", only for {', '.join(there)}" if there else ""),
        where=where,
        next_step="name another image, or another architecture",
    )


def _fits(entry: Descriptor, platform: Platform) -> bool:
    """Entries that do not say a platform fit; an attestation says ``unknown``."""
    asked = entry.platform
    if entry.media_type not in (*INDEX_TYPES, *MANIFEST_TYPES):
        return False
    return asked is None or (asked.os, asked.architecture) == (platform.os, platform.architecture)


def _names(entry: Descriptor) -> list[str]:
    return [name for name in (entry.annotation(CONTAINERD_NAME), entry.annotation(REFERENCE_NAME)) if name]


def _from_docker(files: Files, reference: str) -> StoredImage:
    images = _docker_images(files)
    chosen = [image for image in images if not reference or reference in (image.get("RepoTags") or ())]
    if len(chosen) != 1:
        tags = sorted(tag for image in images for tag in image.get("RepoTags") or ())
        raise _unreadable(files, f"it holds {', '.join(tags) or 'no named image'}: say which one")
    image = chosen[0]
    config_bytes = _document(files, image["Config"])
    config = documents.config(config_bytes, files.where)
    if len(config.diff_ids) != len(image["Layers"]):
        raise _unreadable(files, f"{len(image['Layers'])} layers, but {len(config.diff_ids)} diff_ids")
    blobs = _NamedBlobs(files, dict(zip(config.diff_ids, image["Layers"], strict=True)))
    layers = tuple(
        Descriptor(media_type=_layer_type(files, name), digest=diff_id, size_bytes=files.size_bytes(name))
        for diff_id, name in zip(config.diff_ids, image["Layers"], strict=True)
    )
    return StoredImage(
        where=files.where,
        reference=reference or next(iter(image.get("RepoTags") or ()), ""),
        manifest=Manifest(
            config=Descriptor(
                media_type=DOCKER_CONFIG,
                digest=documents.digest_of(config_bytes),
                size_bytes=len(config_bytes),
            ),
            layers=layers,
            media_type=DOCKER_MANIFEST,
        ),
        manifest_bytes=b"",
        config=config,
        config_bytes=config_bytes,
        blobs=blobs,
    )


def _docker_images(files: Files) -> list[dict[str, Any]]:
    try:
        images = json.loads(_document(files, DOCKER_FILE))
    except (ValueError, RecursionError) as cause:
        raise _unreadable(files, f"{DOCKER_FILE} is no JSON") from cause
    rightly = isinstance(images, list) and all(
        isinstance(image, dict)
        and isinstance(image.get("Config"), str)
        and isinstance(image.get("Layers"), list)
        and all(isinstance(name, str) for name in image["Layers"])
        for image in images
    )
    if not rightly:
        raise _unreadable(files, f"{DOCKER_FILE} does not list images")
    return list(images)


def _layer_type(files: Files, name: str) -> str:
    with files.open(name) as stream:
        kind = compression.kind_of(stream.read(4))
    return {"gzip": DOCKER_LAYER_GZIP, "none": DOCKER_LAYER, "zstd": LAYER_ZSTD}[kind]


@dataclass(frozen=True)
class _LayoutBlobs:
    files: Files

    def open(self, digest: str) -> BufferedReader:
        algorithm, _, hexadecimal = digest.partition(":")
        name = str(PurePosixPath("blobs", algorithm, hexadecimal))
        if algorithm != "sha256" or not hexadecimal.isalnum() or not self.files.has(name):
            raise _unreadable(self.files, f"the blob {digest} is missing")
        return self.files.open(name)


@dataclass(frozen=True)
class _NamedBlobs:
    """The layers of a docker-archive, found by the digest of their plain bytes."""

    files: Files
    names: dict[str, str]

    def open(self, digest: str) -> BufferedReader:
        return self.files.open(self.names[digest])


def _unreadable(files: Files, what: str) -> ImageInvalid:
    return ImageInvalid(what, where=files.where, next_step="copy the image again, for example with skopeo")
