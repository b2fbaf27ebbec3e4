"""Reads every blob of a layout again and collects what breaks the specification.

Digests and lengths of all blobs, the documents, and for every layer its plain bytes. Docker tolerates much
that clouds refuse, so the stricter reading holds for layers that jettison wrote: every parent folder listed
before what lies in it, no path twice, no hard link into another layer, no device.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import ImageInvalid
from ..records import Progress, Steps
from ..workspace import file_digest
from .document_rules import config_violations, descriptor_violations, index_violations, manifest_violations
from .layer_rules import layer_violations
from .layout import INDEX_FILE, LAYOUT_DOCUMENT, LAYOUT_FILE, blob_path
from .values import CONFIG_TYPES, INDEX_TYPES, LAYER_TYPES, MANIFEST_TYPES

Document = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Violation:
    """One place where a layout breaks a rule."""

    where: str
    """A file of the layout, or a path inside a layer's tar."""
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


def violations(layout: Path, *, given: frozenset[str] = frozenset()) -> Steps[tuple[Violation, ...]]:
    """Everything that is wrong with an OCI layout folder, in the order found; nothing when it is right.

    :param given: digests of layers that came with a base and are kept byte for byte: they are held to what
        the specification says MUST, not to the stricter reading
    """
    reading = _Reading(layout, given)
    yield from reading.everything()
    return tuple(reading.found)


def check(layout: Path, *, given: frozenset[str] = frozenset()) -> Steps[None]:
    """Read the layout again. :raises ImageInvalid: with everything that `violations` finds"""
    found = yield from violations(layout, given=given)
    if found:
        places = "\n".join(f"    {violation}" for violation in found)
        raise ImageInvalid(
            f"the image breaks the specification in {len(found)} place{'s' if len(found) > 1 else ''}:\n{places}",
            where=str(layout),
            next_step="get the image again if it came from elsewhere; if jettison just wrote it, report this as a bug",
        )


class _Reading:
    def __init__(self, layout: Path, given: frozenset[str]) -> None:
        self._layout = layout
        self._given = given
        self._layers_read: set[tuple[str, object]] = set()
        self.found: list[Violation] = []

    def everything(self) -> Steps[None]:
        marker = self._document(LAYOUT_FILE)
        if marker is not None and marker != LAYOUT_DOCUMENT:
            self._say(LAYOUT_FILE, f"imageLayoutVersion is {marker.get('imageLayoutVersion')!r}, not '1.0.0'")
        yield from self._blobs()
        index = self._document(INDEX_FILE)
        if index is not None:
            yield from self._index(index, INDEX_FILE)

    def _say(self, where: str, what: str) -> None:
        self.found.append(Violation(where=where, what=what))

    def _blobs(self) -> Steps[None]:
        """Every blob is what its name says."""
        blobs = sorted((self._layout / "blobs").glob("*/*"))
        for position, blob in enumerate(blobs):
            yield Progress(step="validate", done=position, total=len(blobs), note="digests")
            name = blob.relative_to(self._layout).as_posix()
            if blob.parent.name != "sha256":
                self._say(name, "only sha256 digests are written here")
            elif file_digest(blob) != blob.name:
                self._say(name, "its content has another digest than its name")

    def _index(self, index: Document, where: str, depth: int = 0) -> Steps[None]:
        self._collect(where, index_violations(index))
        for position, entry in enumerate(_list(index.get("manifests"))):
            document = self._blob_document(entry, f"{where} manifests[{position}]", (*INDEX_TYPES, *MANIFEST_TYPES))
            if document is None:
                continue
            name = entry["digest"]
            if entry["mediaType"] in MANIFEST_TYPES:
                yield from self._manifest(document, name, entry)
            elif depth < 4:
                yield from self._index(document, name, depth + 1)

    def _manifest(self, manifest: Document, where: str, entry: Document) -> Steps[None]:
        self._collect(where, manifest_violations(manifest, entry["mediaType"]))
        config = self._blob_document(manifest.get("config"), f"{where} config", CONFIG_TYPES)
        layers = _list(manifest.get("layers"))
        diff_ids: list[Any] = []
        if config is not None:
            self._collect(manifest["config"]["digest"], config_violations(config, layers, entry.get("platform")))
            rootfs = config.get("rootfs")
            diff_ids = _list(rootfs.get("diff_ids")) if isinstance(rootfs, dict) else []
        for position, layer in enumerate(layers):
            path = self._descriptor(layer, f"{where} layers[{position}]", LAYER_TYPES)
            if path is None:
                continue
            diff_id = diff_ids[position] if position < len(diff_ids) else None
            if (path.name, diff_id) in self._layers_read:
                continue
            self._layers_read.add((path.name, diff_id))
            found = yield from layer_violations(
                path, layer["mediaType"], diff_id, strict=layer["digest"] not in self._given
            )
            self._collect(layer["digest"], found)

    def _collect(self, where: str, found: Iterable[str]) -> None:
        self.found.extend(Violation(where=where, what=what) for what in found)

    def _descriptor(self, descriptor: Any, where: str, media_types: tuple[str, ...]) -> Path | None:
        """The blob that a descriptor points to; None when that cannot be followed."""
        problems = list(descriptor_violations(descriptor, media_types))
        self._collect(where, problems)
        if problems:
            return None
        path = blob_path(self._layout, descriptor["digest"])
        if not path.is_file():
            self._say(where, f"the blob {descriptor['digest']} is missing")
            return None
        if path.stat().st_size != descriptor["size"]:
            self._say(where, f"says {descriptor['size']} bytes, the blob has {path.stat().st_size}")
        return path

    def _blob_document(self, descriptor: Any, where: str, media_types: tuple[str, ...]) -> Document | None:
        path = self._descriptor(descriptor, where, media_types)
        return self._document(path.relative_to(self._layout).as_posix()) if path else None

    def _document(self, name: str) -> Document | None:
        try:
            data = (self._layout / name).read_bytes()
        except FileNotFoundError:
            self._say(name, "is missing")
            return None
        try:
            document = json.loads(data)
        except (ValueError, RecursionError) as cause:
            self._say(name, f"is no JSON: {cause}")
            return None
        if not isinstance(document, dict):
            self._say(name, "is no JSON object")
            return None
        return document


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
