"""A vector for each picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from . import files
from .fields import Field, Fields
from .kinds import Flag, Schema
from .text_embedding import vector_schema

if TYPE_CHECKING:
    from jettison_runtime.tasks.image_embedding import ImageEmbedder

    from . import Bounds

VERB = "embed"
SUMMARY = "A vector for each picture"
KIND = "vector"
FILE, MEDIA = "image", files.PICTURES


def fields(model: ImageEmbedder, bounds: Bounds) -> Fields:
    """See `Asking`."""
    return Fields(
        (
            files.picture(bounds),
            Field("normalize", Flag(), "Make every vector 1 long", default=False),
        )
    )


def example(model: ImageEmbedder) -> dict[str, Any]:
    """See `Asking`."""
    return {FILE: files.DOT}


def answer_schema(model: ImageEmbedder, bounds: Bounds) -> Schema:
    """See `Asking`."""
    output = model.model.manifest.config["pooled"]
    return vector_schema(int(next(each.shape[-1] for each in model.model.outputs if each.name == output)))


def answers(model: ImageEmbedder, asked: Mapping[str, Any], bounds: Bounds) -> Sequence[Any]:
    """See `Asking`."""
    options = dict(asked)
    found: list[Any] = model.encode(options.pop(FILE), **options).tolist()
    return found
