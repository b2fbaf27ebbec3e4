"""The sizes and switches of one encoder of the BERT family, and the names under which its family keeps its weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jettison.errors import ModelUnreadable, UnsupportedModel

from .families import FAMILIES, Family

ACTIVATIONS = ("gelu", "gelu_new", "gelu_pytorch_tanh", "gelu_fast", "relu", "silu", "swish", "tanh")
TASKS = {
    "ForSequenceClassification": "text-classification",
    "ForTokenClassification": "token-classification",
    "ForQuestionAnswering": "question-answering",
    "ForMaskedLM": "fill-mask",
    "Model": "feature-extraction",
}
"""What a class of transformers is trained for, by the end of its name."""


@dataclass(frozen=True, kw_only=True)
class Geometry:
    """One encoder, as its config.json gives it."""

    family: Family
    task: str
    width: int
    embedding: int
    """Width of the embeddings."""
    projected: bool
    """A product stands between the embeddings and the layers."""
    heads: int
    inner: int
    """Of the dense part of a layer."""
    layers: int
    vocabulary: int
    positions: int
    """The longest input in tokens."""
    first_position: int
    """The row of the position table of the first token."""
    types: int
    epsilon: float
    activation: str
    padding: int
    """The id of padding; where the family counts positions by it."""
    groups: int = 0
    """ALBERT: groups of layers that share their weights."""
    inside: int = 1
    """ALBERT: layers of a group."""
    tied: bool = True
    """The head of a language model is the embedding."""

    @property
    def head_size(self) -> int:
        """Of one attention head."""
        return self.width // self.heads


def geometry(config: Mapping[str, Any], task: str) -> Geometry:
    """Read config.json; defaults are those of transformers.

    :raises UnsupportedModel: an activation or a kind of positions that no graph of ours computes.
    :raises ModelUnreadable: a size that is missing or no number.
    """
    try:
        return _read(config, task)
    except (TypeError, ValueError) as cause:
        raise ModelUnreadable(
            f"config.json holds a size that is no number: {cause}", next_step="copy the model again"
        ) from cause


def task_of(config: Mapping[str, Any]) -> str:
    """What the model was trained for, by the class that saved it; without one it is the bare encoder.

    :raises UnsupportedModel: a head that is none of ours.
    """
    family = family_of(config)
    named = [str(name) for name in config.get("architectures") or ()]
    if not named:
        return "feature-extraction"
    for ending, task in TASKS.items():
        if named[0].endswith(ending):
            return task
    if named[0].endswith("ForPreTraining"):  # the first checkpoints of BERT; ELECTRA's is the encoder and a detector
        return family.pretrained
    raise UnsupportedModel(
        f"no converter for the head of {named[0]} (known: {', '.join(TASKS)})",
        next_step="`jettison optimize` can still shrink the image around it: the service keeps CPU torch",
    )


def family_of(config: Mapping[str, Any]) -> Family:
    """The family of a model that this shelf knows."""
    return next(family for family in FAMILIES if config.get("model_type") in family.model_types)


def _read(config: Mapping[str, Any], task: str) -> Geometry:
    family = family_of(config)

    def size(name: str) -> int:
        return int(config.get(family.settings.get(name, name), family.defaults[name]))

    activation = str(config.get(family.settings.get("hidden_act", "hidden_act"), family.defaults["hidden_act"]))
    kind = str(config.get("position_embedding_type") or "absolute")
    if activation not in ACTIVATIONS or kind != "absolute" or config.get("is_decoder"):
        what = f"the activation {activation!r}" if activation not in ACTIVATIONS else f"positions that are {kind}"
        raise UnsupportedModel(
            f"{family.model_types[0]} {'as a decoder' if config.get('is_decoder') else 'with ' + what}",
            next_step="the service can still be packed with CPU torch",
        )
    padding = size("pad_token_id") if family.counts_positions else 0
    first = padding + 1 if family.counts_positions else 0
    width, heads = size("hidden_size"), size("num_attention_heads")
    embedding = size("embedding_size") if family.projection else width
    if width % heads:
        raise ModelUnreadable(
            f"config.json asks for {heads} heads in a width of {width}", next_step="copy the model again"
        )
    return Geometry(
        family=family,
        task=task,
        width=width,
        embedding=embedding,
        projected=family.always_projects or embedding != width,
        heads=heads,
        inner=size("intermediate_size"),
        layers=size("num_hidden_layers"),
        vocabulary=size("vocab_size"),
        positions=size("max_position_embeddings") - first,
        first_position=first,
        types=size("type_vocab_size") if family.types else 0,
        epsilon=float(config.get("layer_norm_eps", family.epsilon)) if family.states_epsilon else family.epsilon,
        activation=activation,
        padding=padding,
        groups=size("num_hidden_groups") if family.shared else 0,
        inside=size("inner_group_num") if family.shared else 1,
        tied=config.get("tie_word_embeddings") is not False,
    )
