"""JSON schemas of the image specification's documents, written from its text: a second opinion beside our rules."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
TEXTS: Schema = {"type": "array", "items": TEXT}
TEXT_MAP: Schema = {"type": "object", "propertyNames": {"minLength": 1}, "additionalProperties": TEXT}
DIGEST: Schema = {"type": "string", "pattern": "^sha256:[a-f0-9]{64}$"}
TIME: Schema = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"}
MEDIA_TYPE: Schema = {
    "type": "string",
    "pattern": r"^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}$",
}
PLATFORM: Schema = {
    "type": "object",
    "required": ["architecture", "os"],
    "properties": dict.fromkeys(("architecture", "os", "os.version", "variant"), TEXT) | {"os.features": TEXTS},
}


def descriptor(*media_types: str) -> Schema:
    return {
        "type": "object",
        "required": ["mediaType", "digest", "size"],
        "properties": {
            "mediaType": {"enum": list(media_types)} if media_types else MEDIA_TYPE,
            "digest": DIGEST,
            "size": {"type": "integer", "minimum": 0, "maximum": 2**63 - 1},
            "urls": TEXTS,
            "annotations": TEXT_MAP,
            "platform": PLATFORM,
            "data": TEXT,
            "artifactType": MEDIA_TYPE,
        },
    }


LAYOUT: Schema = {
    "type": "object",
    "required": ["imageLayoutVersion"],
    "properties": {"imageLayoutVersion": {"const": "1.0.0"}},
}
INDEX: Schema = {
    "type": "object",
    "required": ["schemaVersion", "manifests"],
    "properties": {
        "schemaVersion": {"const": 2},
        "mediaType": {"const": "application/vnd.oci.image.index.v1+json"},
        "manifests": {"type": "array", "items": descriptor()},
        "annotations": TEXT_MAP,
    },
}
_LAYER = "application/vnd.oci.image.layer.v1.tar"
MANIFEST: Schema = {
    "type": "object",
    "required": ["schemaVersion", "config", "layers"],
    "properties": {
        "schemaVersion": {"const": 2},
        "mediaType": {"const": "application/vnd.oci.image.manifest.v1+json"},
        "config": descriptor("application/vnd.oci.image.config.v1+json"),
        "layers": {"type": "array", "minItems": 1, "items": descriptor(_LAYER, _LAYER + "+gzip", _LAYER + "+zstd")},
        "annotations": TEXT_MAP,
    },
}
CONFIG: Schema = {
    "type": "object",
    "required": ["architecture", "os", "rootfs"],
    "properties": {
        "created": TIME,
        "author": TEXT,
        "architecture": {"type": "string", "minLength": 1},
        "os": {"type": "string", "minLength": 1},
        "config": {
            "type": "object",
            "properties": {
                "User": TEXT,
                "ExposedPorts": {
                    "type": "object",
                    "propertyNames": {"pattern": "^[0-9]+(/(tcp|udp))?$"},
                    "additionalProperties": {"type": "object", "maxProperties": 0},
                },
                "Env": {"type": "array", "items": {"type": "string", "pattern": "^[^=]+="}},
                "Entrypoint": TEXTS,
                "Cmd": TEXTS,
                "WorkingDir": {"type": "string", "pattern": "^/"},
                "Labels": TEXT_MAP,
                "StopSignal": TEXT,
            },
        },
        "rootfs": {
            "type": "object",
            "required": ["type", "diff_ids"],
            "properties": {"type": {"const": "layers"}, "diff_ids": {"type": "array", "items": DIGEST}},
        },
        "history": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "created": TIME,
                    "created_by": TEXT,
                    "comment": TEXT,
                    "empty_layer": {"type": "boolean"},
                },
            },
        },
    },
}


def check_layout(layout: Path) -> None:
    """Every document of a layout that jettison wrote, against the schema of its kind."""
    jsonschema.validate(json.loads((layout / "oci-layout").read_bytes()), LAYOUT)
    index = json.loads((layout / "index.json").read_bytes())
    jsonschema.validate(index, INDEX)
    for entry in index["manifests"]:
        manifest = json.loads(_blob(layout, entry).read_bytes())
        jsonschema.validate(manifest, MANIFEST)
        config = json.loads(_blob(layout, manifest["config"]).read_bytes())
        jsonschema.validate(config, CONFIG)
        assert len(config["rootfs"]["diff_ids"]) == len(manifest["layers"])


def _blob(layout: Path, found: dict[str, Any]) -> Path:
    return layout / "blobs" / str(found["digest"]).replace(":", "/")
