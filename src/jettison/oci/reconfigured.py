"""The same image with other variables: the same layers, another configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from .layers import timestamp
from .layout import blob_path, put_image
from .read import stored
from .values import Descriptor, History


def with_environment(layout: Path, variables: Mapping[str, str], *, made_by: str) -> Descriptor:
    """Set variables of the one image in a layout folder of ours; gives the new manifest's descriptor.

    :raises ImageInvalid: the folder holds no image, or several.
    """
    image = stored(layout)
    step = History(created=timestamp(), created_by=made_by, empty_layer=True)
    config = replace(
        image.config,
        environment=tuple((dict(image.config.environment) | dict(variables)).items()),
        history=(*image.config.history, step),
    )
    for digest in (image.digest, image.manifest.config.digest):
        blob_path(layout, digest).unlink()
    return put_image(
        layout,
        config=config,
        layers=image.manifest.layers,
        reference=image.reference,
        annotations=image.manifest.annotations,
    )
