"""A docker-archive that is an OCI layout too, as Docker 25 and later write it.

Its layers are plain, because not every reader of the format tells a compression by itself. With plain layers
its OCI manifest, and so its digest, is not the layout's: the layout stays the image's identity.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import BinaryIO

from ..errors import ImageInvalid
from ..records import Progress, Steps
from ..workspace import space_for
from . import documents, entries
from .entries import Entry
from .layout import INDEX_FILE, LAYOUT_DOCUMENT, LAYOUT_FILE, tag_of
from .read import DOCKER_FILE, StoredImage
from .tar import END, header, padding
from .values import CONFIG, CONTAINERD_NAME, LAYER, MANIFEST, REFERENCE_NAME, Descriptor, Index, Manifest

_CHUNK_BYTES = 1 << 20
_BLOBS = "blobs/sha256"


def docker_archive(image: StoredImage, reference: str, path: Path) -> Steps[None]:
    """Write the image as one tar that ``docker load``, podman and skopeo read.

    :param reference: the name with tag that the loaded image gets
    :param path: a file that is not there yet; its folder is
    :raises ImageInvalid: a layer's bytes are not what the config says
    """
    with space_for(path), path.open("xb") as file:
        archive = _Archive(file)
        for folder in ("blobs", _BLOBS):
            archive.add(entries.folder(folder))
        layers = []
        for position, diff_id in enumerate(image.config.diff_ids):
            yield Progress(step="docker-archive", done=position, total=len(image.config.diff_ids))
            with image.plain_layer(position) as layer:
                size = archive.add_stream(_blob(diff_id), layer, diff_id, image.where)
            layers.append(Descriptor(media_type=LAYER, digest=diff_id, size_bytes=size))
        config = archive.add_blob(image.config_bytes, CONFIG)
        manifest = Manifest(config=config, layers=tuple(layers), annotations=image.manifest.annotations)
        stored = archive.add_blob(documents.manifest_bytes(manifest), MANIFEST)
        entry = Descriptor(
            media_type=stored.media_type,
            digest=stored.digest,
            size_bytes=stored.size_bytes,
            platform=image.config.platform,
            annotations=((CONTAINERD_NAME, reference), (REFERENCE_NAME, tag_of(reference))),
        )
        archive.add(entries.file(INDEX_FILE, documents.index_bytes(Index(manifests=(entry,)))))
        archive.add(
            entries.file(
                DOCKER_FILE,
                _json([{"Config": _blob(config.digest), "RepoTags": [reference], "Layers": _names(layers)}]),
            )
        )
        archive.add(entries.file(LAYOUT_FILE, _json(LAYOUT_DOCUMENT)))
        file.write(END)


class _Archive:
    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._names: set[bytes] = set()

    def add(self, entry: Entry) -> None:
        """An entry whose content is at hand."""
        assert isinstance(entry.content, bytes)
        self._names.add(entry.name)
        self._file.write(header(entry, epoch=0) + entry.content + padding(len(entry.content)))

    def add_blob(self, data: bytes, media_type: str) -> Descriptor:
        digest = documents.digest_of(data)
        self.add(entries.file(_blob(digest), data))
        return Descriptor(media_type=media_type, digest=digest, size_bytes=len(data))

    def add_stream(self, name: str, stream: BinaryIO, digest: str, where: str) -> int:
        """A file whose length shows only at its end: its header is written last. Once for equal layers."""
        start = self._file.tell()
        placeholder = header(entries.file(name, b""), epoch=0)
        self._file.write(placeholder)
        total = hashlib.sha256()
        size = 0
        while chunk := stream.read(_CHUNK_BYTES):
            total.update(chunk)
            size += len(chunk)
            self._file.write(chunk)
        if f"sha256:{total.hexdigest()}" != digest:
            raise ImageInvalid(
                f"a layer's plain bytes are not {digest}",
                where=where,
                next_step="the image is damaged: pack or copy it again",
            )
        self._file.write(padding(size))
        end = self._file.tell()
        self._file.seek(start)
        if name.encode() in self._names:
            self._file.truncate()
            return size
        self._names.add(name.encode())
        self._file.write(header(Entry(name=name.encode(), kind="file", mode=0o644, size_bytes=size), epoch=0))
        self._file.seek(end)
        return size


def _blob(digest: str) -> str:
    return f"{_BLOBS}/{digest.removeprefix('sha256:')}"


def _names(layers: list[Descriptor]) -> list[str]:
    return [_blob(layer.digest) for layer in layers]


def _json(document: object) -> bytes:
    return json.dumps(document, separators=(",", ":"), sort_keys=True).encode()
