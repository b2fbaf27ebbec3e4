"""Holds manifests against their platforms' own schemas, offline; ends with 1 and a reason for what is wrong.

python accepted.py kubernetes|compose|kserve|container-apps FILE …

Runs in an environment of its own: kubernetes-validate and compose-pydantic, or kserve, or azure-mgmt-appcontainers.
"""

import sys
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

_VERSIONS = ("1.27", "1.30", "1.33")


def kubernetes(documents: Any) -> None:
    """Against Kubernetes' OpenAPI documents of several versions; nothing unknown."""
    import kubernetes_validate

    for document in documents:
        for version in _VERSIONS:
            kubernetes_validate.validate(document, version, strict=True)


def compose(documents: Any) -> None:
    """Against the Compose Specification; nothing unknown."""
    from compose_pydantic import ComposeSpecification

    for document in documents:
        ComposeSpecification.model_validate(document)


def kserve(documents: Any) -> None:
    """Every field one that KServe's own types have, as far down as the types are its own."""
    import kserve as types

    for document in documents:
        _of_type(types, "V1beta1InferenceService", document, "")


def container_apps(documents: Any) -> None:
    """Every field one that Azure's own types have, and of the type that they say."""
    from azure.mgmt.appcontainers import models

    for document in documents:
        _known(models.ContainerApp(document), document, "")


def _of_type(types: Any, name: str, given: Any, place: str) -> None:
    kind = getattr(types, name, None)
    if kind is None:  # a type of Kubernetes
        return
    fields = {json_name: field for field, json_name in kind.attribute_map.items()}
    for key, value in given.items():
        if key not in fields:
            raise ValueError(f"{place}/{key} is unknown")
        if isinstance(value, dict):
            _of_type(types, kind.openapi_types[fields[key]], value, f"{place}/{key}")


def _known(typed: Any, given: Any, place: str) -> None:
    fields = {field._rest_name: name for name, field in typed._attr_to_rest_field.items()}
    for key, value in given.items():
        if key not in fields:
            raise ValueError(f"{place}/{key} is unknown")
        found = getattr(typed, fields[key])
        for mine, theirs in zip(*((found, value) if isinstance(value, list) else ([found], [value])), strict=True):
            if hasattr(mine, "_attr_to_rest_field"):
                _known(mine, theirs, f"{place}/{key}")
            elif not isinstance(mine, (type(theirs), dict)):
                raise ValueError(f"{place}/{key}: {theirs!r} became {mine!r}")


KINDS = {"kubernetes": kubernetes, "compose": compose, "kserve": kserve, "container-apps": container_apps}

if __name__ == "__main__":
    for path in sys.argv[2:]:
        KINDS[sys.argv[1]](list(yaml.safe_load_all(Path(path).read_text(encoding="utf-8"))))
