"""Model families, a family a module: graphs authored from trained weights, and an independent numpy reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from jettison.checkpoints import Tensors
from jettison.errors import UnsupportedModel

from . import bert, t5

if TYPE_CHECKING:
    from jettison.convert.forms import Form

__all__ = ["ARCHITECTURES", "Architecture", "Trained", "architecture_of"]


@dataclass(frozen=True, kw_only=True)
class Trained:
    """A trained model as an architecture sees it."""

    tensors: Tensors
    config: dict[str, Any]
    entries: Mapping[str, Any]
    """What the manifest says of its kind of model."""
    samples: Sequence[Any]
    """What it is really asked, in the form of its kind."""


class Architecture(Protocol):
    """A module of this shelf."""

    MODEL_TYPES: tuple[str, ...]
    """``model_type`` of config.json."""

    def task(self, config: Mapping[str, Any]) -> str:
        """What the model was trained for; it decides the kind of model (`convert.kinds`).

        :raises UnsupportedModel: a head that the module does not know.
        """
        ...

    def write(self, trained: Trained, into: Path, form: Form) -> dict[str, int]:
        """Write graphs and weights; gives back what the manifest says of the graphs."""
        ...

    def teacher(self, trained: Trained) -> Any:
        """The numpy reference for the same weights, with what the kind of model asks of it."""
        ...


ARCHITECTURES: list[Architecture] = [t5, bert]


def architecture_of(config: dict[str, Any], where: Path) -> Architecture:
    """The family of a model.

    :raises UnsupportedModel: no module of the shelf knows it, or its weights are quantized already.
    """
    if quantized := config.get("quantization_config"):
        method = quantized.get("quant_method") if isinstance(quantized, dict) else quantized
        raise UnsupportedModel(
            f"the weights are quantized already (by {method}): their numbers are no longer those that were trained",
            where=str(where / "config.json"),
            next_step="give the model as it was before it was quantized",
        )
    kind = config.get("model_type")
    for architecture in ARCHITECTURES:
        if kind in architecture.MODEL_TYPES:
            return architecture
    known = ", ".join(name for each in ARCHITECTURES for name in each.MODEL_TYPES)
    raise UnsupportedModel(
        f"no converter for the model type {kind!r} (known: {known})",
        where=str(where / "config.json"),
        next_step="`jettison optimize` can still shrink the image around it: the service keeps CPU torch",
    )
