"""What all tasks that classify have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jettison_runtime.tasks.scores import label_names

from .kinds import Schema

FUNCTIONS = ("softmax", "sigmoid", "none")


def names(model: Any) -> list[str]:
    """The labels of a classifier of texts, in the order of its head."""
    count = model.model.network.outputs["logits"][1][-1]
    return label_names(model.model.manifest.config, int(count))


def names_of_graph(model: Any) -> list[str]:
    """The labels of a classifier of pictures or sounds."""
    count = next(each.shape[-1] for each in model.model.outputs if each.name == "logits")
    return label_names(model.model.manifest.config, int(count))


def label_schema(labels: Sequence[str]) -> Schema:
    """One label with its score."""
    return {
        "type": "object",
        "properties": {"label": {"type": "string", "enum": sorted(set(labels))}, "score": {"type": "number"}},
        "required": ["label", "score"],
        "additionalProperties": False,
    }
