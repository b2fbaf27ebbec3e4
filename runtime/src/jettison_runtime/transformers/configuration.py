"""Configuration objects: attributes to read, as the model was trained with them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from jettison_runtime import manifest as manifests

from .location import check_options, folder_of


class Configuration:
    """config.json as attributes; what the model does not say raises AttributeError."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.__dict__.update(values)

    if TYPE_CHECKING:  # the names are the model's own

        def __getattr__(self, name: str) -> Any: ...

        def __setattr__(self, name: str, value: Any) -> None: ...

    def to_dict(self) -> dict[str, Any]:
        """All values."""
        return dict(self.__dict__)


class GenerationConfig(Configuration):
    """Generation settings; names are those of transformers' ``generate``."""

    def __init__(self, **values: Any) -> None:
        super().__init__(values)


def with_labels(config: Mapping[str, Any]) -> Configuration:
    """The configuration of a model that tells labels apart: ``id2label`` by number, as transformers has it.

    A model that does not name its labels has two, ``LABEL_0`` and ``LABEL_1``.
    """
    count = config.get("num_labels") or len(config.get("id2label") or ()) or 2
    names = config.get("id2label") or {number: f"LABEL_{number}" for number in range(count)}
    id2label = {int(number): name for number, name in names.items()}
    label2id = config.get("label2id") or {name: number for number, name in id2label.items()}
    own = {"id2label": id2label, "label2id": dict(label2id), "num_labels": len(id2label)}
    return Configuration({"problem_type": None, **config, **own})


_LABELS = ("num_labels", "id2label", "label2id")


def labels_asked(options: dict[str, Any], trained: Mapping[str, Any]) -> dict[str, Any]:
    """The labels that a call of ``from_pretrained`` names, taken out of its options.

    :param trained: the configuration of the model.
    :raises TypeError: a ``config`` of another kind.
    :raises RuntimeError: another number of labels than the model was trained with.
    """
    config = options.pop("config", None)
    if not isinstance(config, Configuration | None):
        raise TypeError(f"config is one that AutoConfig gave, not a {type(config).__name__}")
    labels = {name: getattr(config, name) for name in _LABELS} if config is not None else {}
    named = {name: options.pop(name, None) for name in _LABELS}
    labels |= {name: value for name, value in named.items() if value is not None}
    count = with_labels(trained).num_labels
    if any((value if name == "num_labels" else len(value)) != count for name, value in labels.items()):
        raise RuntimeError(f"the model was trained with {count} labels: {labels} asks for another number")
    return labels


class AutoConfig(Configuration):
    """Loads the configuration that the model in a folder was trained with."""

    @staticmethod
    def from_pretrained(pretrained_model_name_or_path: str | os.PathLike[str], **options: Any) -> Configuration:
        """The configuration of the converted model that stands for a path or a hub name."""
        check_options(options, set())
        return with_labels(manifests.read(folder_of(pretrained_model_name_or_path)).config)
