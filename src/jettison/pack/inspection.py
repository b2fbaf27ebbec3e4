"""What is in an image that somebody packed: its layers, read from their bytes."""

from __future__ import annotations

import tarfile
from pathlib import Path
from typing import BinaryIO

from .. import oci
from ..errors import ImageInvalid
from ..oci import StoredImage
from ..oci.compression import damage
from ..records import Image, Layer, Progress, Steps

_CHUNK_BYTES = 1 << 20


def inspected(path: Path, *, reference: str = "") -> Steps[Image]:
    """An image's layers with their sizes, packed by whomever; nothing is unpacked onto the disk.

    :param path: an OCI layout as folder or tar, or a docker-archive
    :param reference: which image, where there are several
    :raises ImageInvalid: it is no image, or a damaged one
    """
    image = oci.stored(path, reference=reference)
    layers = []
    for position in range(len(image.manifest.layers)):
        yield Progress(step="inspect", done=position, total=len(image.manifest.layers), note=path.name)
        layers.append(layer_of(image, position))
    return Image(
        reference=image.reference,
        digest=image.digest or image.manifest.config.digest,
        architecture=image.config.platform.architecture,
        layers=tuple(layers),
        layout=path if path.is_dir() else None,
        base=dict(image.manifest.annotations).get("org.opencontainers.image.base.name", ""),
    )


def layer_of(image: StoredImage, position: int) -> Layer:
    """One layer, read once from start to end.

    :raises ImageInvalid: it is damaged
    """
    descriptor = image.manifest.layers[position]
    try:
        with image.plain_layer(position) as plain:
            counted = _Counted(plain)
            with tarfile.open(fileobj=counted.as_file(), mode="r|") as tar:
                files = sum(member.isreg() for member in tar)
            while counted.read(_CHUNK_BYTES):
                pass
    except damage() as cause:
        raise ImageInvalid(
            f"layer {position + 1} is damaged: {cause}",
            where=image.where,
            next_step="copy the image again from where it came",
        ) from cause
    return Layer(
        name=_name(image, position),
        digest=descriptor.digest,
        diff_id=image.config.diff_ids[position] if position < len(image.config.diff_ids) else "",
        compressed_bytes=descriptor.size_bytes,
        unpacked_bytes=counted.size_bytes,
        media_type=descriptor.media_type,
        files=files,
    )


def _name(image: StoredImage, position: int) -> str:
    """What the image's history says of the layer: a comment, else the command that made it."""
    told = [entry for entry in image.config.history if not entry.empty_layer]
    if len(told) != len(image.manifest.layers):
        return ""
    return told[position].comment or told[position].created_by


class _Counted:
    """A stream that knows how many bytes were read from it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.size_bytes = 0

    def read(self, size: int) -> bytes:
        data = self._stream.read(size)
        self.size_bytes += len(data)
        return data

    def as_file(self) -> BinaryIO:
        return self  # type: ignore[return-value]
