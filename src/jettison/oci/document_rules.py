"""What the image specification says of the JSON documents. Each function gives a sentence for every breach."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from .values import CONFIG_TYPES, DOCKER_MANIFEST, INDEX_TYPES, LAYER_TYPES, MANIFEST_TYPES

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_PORT = re.compile(r"\d{1,5}(/(tcp|udp))?")
_VARIABLE = re.compile(r"[^=]+=.*", re.DOTALL)


def descriptor_violations(descriptor: Any, media_types: tuple[str, ...]) -> Iterator[str]:
    """A descriptor that stands where blobs of the given types may stand."""
    if not isinstance(descriptor, dict):
        yield "is no descriptor"
        return
    if descriptor.get("mediaType") not in media_types:
        yield f"mediaType {descriptor.get('mediaType')!r} does not belong here"
    if not (isinstance(descriptor.get("digest"), str) and _DIGEST.fullmatch(descriptor["digest"])):
        yield f"digest {descriptor.get('digest')!r} is no sha256"
    if not _is_size(descriptor.get("size")):
        yield f"size {descriptor.get('size')!r} is no length"
    yield from _text_map(descriptor.get("annotations"), "annotations")
    if "platform" in descriptor:
        yield from _platform(descriptor["platform"])


def index_violations(index: dict[str, Any]) -> Iterator[str]:
    """An image index; what it points to is not looked at."""
    yield from _head(index, INDEX_TYPES, required=False)
    if not isinstance(index.get("manifests"), list):
        yield "manifests is no list"
    yield from _text_map(index.get("annotations"), "annotations")


def manifest_violations(manifest: dict[str, Any], announced: str) -> Iterator[str]:
    """An image manifest; what it points to is not looked at.

    :param announced: the media type of the descriptor that led here
    """
    yield from _head(manifest, MANIFEST_TYPES, required=announced == DOCKER_MANIFEST)
    if manifest.get("mediaType", announced) != announced:
        yield f"calls itself {manifest.get('mediaType')!r}, its descriptor {announced!r}"
    layers = manifest.get("layers")
    if not isinstance(layers, list) or not layers:
        yield "layers is no list with at least one layer"
        return
    yield from _text_map(manifest.get("annotations"), "annotations")
    config = manifest.get("config")
    types = {part.get("mediaType") for part in [config, *layers] if isinstance(part, dict)}
    docker = {kind for kind in types if isinstance(kind, str) and kind.startswith("application/vnd.docker.")}
    known = types & {*CONFIG_TYPES, *LAYER_TYPES}
    if docker and (known != docker or announced != DOCKER_MANIFEST):
        yield "mixes Docker's media types with OCI's"


def config_violations(config: dict[str, Any], layers: list[Any], platform: Any) -> Iterator[str]:
    """An image config, held against its manifest's layers and the platform that the index promises."""
    for name in ("architecture", "os"):
        if not isinstance(config.get(name), str) or not config[name]:
            yield f"{name} is missing"
        elif isinstance(platform, dict) and platform.get(name) != config[name]:
            yield f"{name} is {config[name]!r}, the index says {platform.get(name)!r}"
    if config.get("created") is not None and not _is_time(config["created"]):
        yield f"created {config['created']!r} is no RFC 3339 time"
    yield from _rootfs(config.get("rootfs"), len(layers))
    yield from _history(config.get("history"), len(layers))
    run = config.get("config")
    if run is not None and not isinstance(run, dict):
        yield "config is no object"
    elif run:
        yield from _run(run)


def _head(document: dict[str, Any], media_types: tuple[str, ...], *, required: bool) -> Iterator[str]:
    if document.get("schemaVersion") != 2 or isinstance(document.get("schemaVersion"), bool):
        yield f"schemaVersion is {document.get('schemaVersion')!r}, not 2"
    if (required or "mediaType" in document) and document.get("mediaType") not in media_types:
        yield f"mediaType is {document.get('mediaType')!r}"


def _platform(platform: Any) -> Iterator[str]:
    if not isinstance(platform, dict):
        yield "platform is no object"
        return
    for name in ("architecture", "os"):
        if not isinstance(platform.get(name), str) or not platform[name]:
            yield f"platform has no {name}"


def _rootfs(rootfs: Any, layers: int) -> Iterator[str]:
    if not isinstance(rootfs, dict):
        yield "rootfs is missing"
        return
    if rootfs.get("type") != "layers":
        yield f"rootfs.type is {rootfs.get('type')!r}, not 'layers'"
    diff_ids = rootfs.get("diff_ids")
    if not isinstance(diff_ids, list):
        yield "rootfs.diff_ids is no list"
        return
    for diff_id in diff_ids:
        if not (isinstance(diff_id, str) and _DIGEST.fullmatch(diff_id)):
            yield f"diff_id {diff_id!r} is no sha256"
    if len(diff_ids) != layers:
        yield f"{len(diff_ids)} diff_ids for {layers} layers"


def _history(history: Any, layers: int) -> Iterator[str]:
    if history is None:
        return
    if not isinstance(history, list) or not all(isinstance(entry, dict) for entry in history):
        yield "history is no list of objects"
        return
    for position, entry in enumerate(history):
        if entry.get("created") is not None and not _is_time(entry["created"]):
            yield f"history[{position}].created {entry['created']!r} is no RFC 3339 time"
        if not isinstance(entry.get("empty_layer", False), bool):
            yield f"history[{position}].empty_layer is no boolean"
    filled = sum(1 for entry in history if not entry.get("empty_layer"))
    if filled != layers:
        yield f"history tells of {filled} layers, the manifest of {layers}"


def _run(run: dict[str, Any]) -> Iterator[str]:
    checks: tuple[tuple[str, Callable[[Any], bool], str], ...] = (
        ("User", _is_text, "is no text"),
        ("Env", lambda value: _is_texts(value) and all(map(_VARIABLE.fullmatch, value)), "is no list of NAME=value"),
        ("Entrypoint", _is_texts, "is no list of texts"),
        ("Cmd", _is_texts, "is no list of texts"),
        (
            "WorkingDir",
            lambda value: _is_text(value) and (not value or value.startswith("/")),
            "is not absolute",
        ),
        ("ExposedPorts", lambda value: _is_set(value) and all(map(_PORT.fullmatch, value)), "is no set of ports"),
        ("Volumes", _is_set, "is no set of paths"),
        ("StopSignal", _is_text, "is no text"),
    )
    for name, rightly, what in checks:
        if run.get(name) is not None and not rightly(run[name]):
            yield f"config.{name} {what}: {run[name]!r}"
    yield from _text_map(run.get("Labels"), "config.Labels")


def _text_map(value: Any, name: str) -> Iterator[str]:
    if value is None:
        return
    if not isinstance(value, dict) or not all(map(_is_text, value.values())):
        yield f"{name} is no map of texts"
    elif "" in value:
        yield f"{name} has an empty key"


def _is_size(value: Any) -> bool:
    return type(value) is int and 0 <= value < 2**63


def _is_time(value: Any) -> bool:
    return isinstance(value, str) and bool(_TIME.fullmatch(value))


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _is_set(value: Any) -> bool:
    return isinstance(value, dict) and all(item == {} for item in value.values())
