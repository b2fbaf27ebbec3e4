"""What the image specification says of a layer's bytes, and what the strictest registries and clouds ask."""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ..records import Progress, Steps
from .compression import damage, kind_of, plain
from .values import DOCKER_LAYER, DOCKER_LAYER_GZIP, LAYER, LAYER_GZIP, LAYER_ZSTD

_KIND_OF = {
    LAYER: "none",
    LAYER_GZIP: "gzip",
    LAYER_ZSTD: "zstd",
    DOCKER_LAYER: "none",
    DOCKER_LAYER_GZIP: "gzip",
}
_EVERY = 500


def layer_violations(blob: Path, media_type: str, diff_id: object, *, strict: bool) -> Steps[tuple[str, ...]]:
    """A sentence for every breach found in one layer's blob.

    :param diff_id: what the config promises of the plain bytes; anything but text is not looked at
    :param strict: ask for explicit parents, one entry a path, links within the layer and no devices
    """
    found: list[str] = []
    with blob.open("rb") as file:
        kind = kind_of(file.read(4))
    if kind != _KIND_OF[media_type]:
        found.append(f"is {kind}-compressed, but its media type is {media_type}".replace("none-compressed", "plain"))
    entries = _Entries(strict=strict)
    try:
        with plain(blob.open("rb")) as stream:
            digested = _DigestedReader(stream)
            with tarfile.open(fileobj=digested.as_file(), mode="r|") as tar:
                for position, member in enumerate(tar):
                    if position % _EVERY == 0:
                        yield Progress(step="validate", done=position, note="layers")
                    found.extend(entries.violations(member))
            digested.drain()
    except damage() as cause:
        if isinstance(cause, OSError) and cause.errno is not None:
            raise  # it is the disk that cannot be read
        found.append(f"cannot be read: {cause or type(cause).__name__}")
        return tuple(found)
    if isinstance(diff_id, str) and digested.digest != diff_id:
        found.append(f"its plain bytes are {digested.digest}, the config says {diff_id}")
    return tuple(found)


class _Entries:
    """What was seen of a layer so far."""

    def __init__(self, *, strict: bool) -> None:
        self._strict = strict
        self._kinds: dict[str, bytes] = {}

    def violations(self, member: tarfile.TarInfo) -> Iterator[str]:
        name = member.name.removeprefix("./").rstrip("/")
        shown = name.encode("utf-8", "backslashreplace").decode()
        if name.startswith("/") or ".." in name.split("/"):
            yield f"{shown}: leads out of the image"
            return
        if name in ("", "."):
            return
        if name in self._kinds:
            yield f"{shown}: stands twice"
        folder, _, last = name.rpartition("/")
        if last.startswith(".wh.") and (member.size or not member.isreg()):
            yield f"{shown}: a whiteout is an empty file"
        if self._strict:
            yield from self._strictly(member, shown, folder)
        self._kinds[name] = member.type

    def _strictly(self, member: tarfile.TarInfo, shown: str, folder: str) -> Iterator[str]:
        if folder and folder not in self._kinds:
            yield f"{shown}: its folder {folder} is not listed before it"
        elif folder and self._kinds[folder] != tarfile.DIRTYPE:
            yield f"{shown}: {folder} is no folder"
        if member.islnk() and self._kinds.get(member.linkname.removeprefix("./")) != tarfile.REGTYPE:
            yield f"{shown}: a hard link to {member.linkname}, which is no file earlier in this layer"
        if not (member.isreg() or member.isdir() or member.issym() or member.islnk()):
            yield f"{shown}: neither file nor folder nor link"
        if member.issparse():
            yield f"{shown}: a sparse file"


class _DigestedReader:
    """A stream that is read once, its digest taken on the way."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._hash = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self._hash.update(data)
        return data

    def drain(self) -> None:
        """Read what lies behind the end of the tar: it counts for the digest."""
        while self.read(1 << 20):
            pass

    def as_file(self) -> BinaryIO:
        return self  # type: ignore[return-value]

    @property
    def digest(self) -> str:
        return f"sha256:{self._hash.hexdigest()}"
