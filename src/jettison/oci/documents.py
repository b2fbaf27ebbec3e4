"""Values to JSON and back.

A document is serialised once; its digest is over those bytes and the same bytes are stored and sent.
What was read from elsewhere is never serialised again: its bytes are carried along.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from ..errors import ImageInvalid
from .values import Config, Descriptor, History, Index, Manifest, Pairs, Platform

T = TypeVar("T")
Document = dict[str, Any]


def digest_of(data: bytes) -> str:
    """``sha256:`` and the hex digest."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def index_bytes(index: Index) -> bytes:
    """The JSON of an image index."""
    document: Document = {
        "schemaVersion": 2,
        "mediaType": index.media_type,
        "manifests": [_descriptor(entry) for entry in index.manifests],
    }
    return _serialised(document | _annotations(index.annotations))


def manifest_bytes(manifest: Manifest) -> bytes:
    """The JSON of an image manifest."""
    document: Document = {
        "schemaVersion": 2,
        "mediaType": manifest.media_type,
        "config": _descriptor(manifest.config),
        "layers": [_descriptor(layer) for layer in manifest.layers],
    }
    return _serialised(document | _annotations(manifest.annotations))


def config_bytes(config: Config) -> bytes:
    """The JSON of an image config."""
    run: Document = {
        "User": config.user,
        "ExposedPorts": {port: {} for port in config.ports},
        "Env": [f"{name}={value}" for name, value in config.environment],
        "Entrypoint": list(config.entrypoint),
        "Cmd": list(config.command),
        "WorkingDir": config.workdir,
        "Labels": dict(config.labels),
    }
    document: Document = _platform(config.platform) | {
        "created": config.created,
        "config": {key: value for key, value in run.items() if value},
        "rootfs": {"type": "layers", "diff_ids": list(config.diff_ids)},
        "history": [_history(entry) for entry in config.history],
    }
    return _serialised({key: value for key, value in document.items() if value})


def index(data: bytes, where: str) -> Index:
    """The index that the JSON holds. :raises ImageInvalid: it is no index."""
    return _parsed(
        data,
        where,
        "index",
        lambda document: Index(
            manifests=tuple(_read_descriptor(entry) for entry in document["manifests"]),
            media_type=document.get("mediaType") or Index.media_type,
            annotations=_pairs(document.get("annotations")),
        ),
    )


def manifest(data: bytes, where: str) -> Manifest:
    """The manifest that the JSON holds. :raises ImageInvalid: it is no manifest."""
    return _parsed(
        data,
        where,
        "manifest",
        lambda document: Manifest(
            config=_read_descriptor(document["config"]),
            layers=tuple(_read_descriptor(layer) for layer in document["layers"]),
            media_type=document.get("mediaType") or Manifest.media_type,
            annotations=_pairs(document.get("annotations")),
        ),
    )


def config(data: bytes, where: str) -> Config:
    """The config that the JSON holds; what jettison has no use for is left out. :raises ImageInvalid:"""
    return _parsed(data, where, "config", _read_config)


def media_type_of(data: bytes, where: str) -> str:
    """What a manifest or index calls itself; by its members where it does not say. :raises ImageInvalid:"""
    return _parsed(
        data,
        where,
        "manifest or index",
        lambda document: str(
            document.get("mediaType") or (Index.media_type if "manifests" in document else Manifest.media_type)
        ),
    )


def _serialised(document: Document) -> bytes:
    return json.dumps(document, separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode()


def _parsed(data: bytes, where: str, what: str, read: Callable[[Document], T]) -> T:
    try:
        document = json.loads(data)
        if not isinstance(document, dict):
            raise TypeError(f"a JSON {type(document).__name__}")
        return read(document)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as cause:
        raise ImageInvalid(
            f"this is no image {what}: {cause!r}",
            where=where,
            next_step="the image is damaged or of another kind: copy it again from where it came",
        ) from cause


def _descriptor(descriptor: Descriptor) -> Document:
    document: Document = {
        "mediaType": descriptor.media_type,
        "digest": descriptor.digest,
        "size": descriptor.size_bytes,
    }
    if descriptor.platform:
        document["platform"] = _platform(descriptor.platform)
    return document | _annotations(descriptor.annotations)


def _platform(platform: Platform) -> Document:
    document = {"architecture": platform.architecture, "os": platform.os, "variant": platform.variant}
    return {key: value for key, value in document.items() if value}


def _annotations(pairs: Pairs) -> Document:
    return {"annotations": dict(pairs)} if pairs else {}


def _history(entry: History) -> Document:
    document: Document = {"created": entry.created, "created_by": entry.created_by, "comment": entry.comment}
    if entry.empty_layer:
        document["empty_layer"] = True
    return {key: value for key, value in document.items() if value}


def _read_descriptor(document: Document) -> Descriptor:
    platform = document.get("platform")
    size = document["size"]
    if type(size) is not int or size < 0:
        raise ValueError(f"size {size!r}")
    return Descriptor(
        media_type=_text(document["mediaType"]),
        digest=_text(document["digest"]),
        size_bytes=size,
        platform=_read_platform(platform) if platform else None,
        annotations=_pairs(document.get("annotations")),
    )


def _read_platform(document: Document) -> Platform:
    return Platform(
        architecture=_text(document.get("architecture")),
        os=_text(document.get("os")),
        variant=_text(document.get("variant")),
    )


def _read_config(document: Document) -> Config:
    run = document.get("config") or {}
    return Config(
        platform=_read_platform(document),
        created=_text(document.get("created")),
        environment=tuple((name, value) for name, _, value in (line.partition("=") for line in run.get("Env") or ())),
        entrypoint=_texts(run.get("Entrypoint")),
        command=_texts(run.get("Cmd")),
        workdir=_text(run.get("WorkingDir")),
        user=_text(run.get("User")),
        ports=tuple(run.get("ExposedPorts") or ()),
        labels=_pairs(run.get("Labels")),
        diff_ids=_texts(document["rootfs"]["diff_ids"]),
        history=tuple(
            History(
                created=_text(entry.get("created")),
                created_by=_text(entry.get("created_by")),
                comment=_text(entry.get("comment")),
                empty_layer=bool(entry.get("empty_layer")),
            )
            for entry in document.get("history") or ()
        ),
    )


def _text(value: object) -> str:
    if value is not None and not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value or ""


def _texts(values: Iterable[object] | None) -> tuple[str, ...]:
    return tuple(_text(value) for value in values or ())


def _pairs(mapping: dict[str, str] | None) -> Pairs:
    return tuple((_text(name), _text(value)) for name, value in (mapping or {}).items())
