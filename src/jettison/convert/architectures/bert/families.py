"""The families of BERT's kind: the same network, with names, defaults and heads of their own.

Sources: Devlin et al. 2019 (BERT), Liu et al. 2019 (RoBERTa), Conneau et al. 2020 (XLM-R), Sanh et al. 2019
(DistilBERT), Clark et al. 2020 (ELECTRA), Lan et al. 2020 (ALBERT); names of tensors and settings are transformers'.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Layer:
    """Names of one layer's parts, under the layer's own prefix."""

    query: str
    key: str
    value: str
    out: str
    out_norm: str
    up: str
    down: str
    down_norm: str


@dataclass(frozen=True, kw_only=True)
class ClassHead:
    """The head that reads the first token: ``last(activation(dense(first)))``."""

    dense: str
    activation: str
    last: str
    pooled: bool = False
    """The dense part is the encoder's own, under its prefix."""


@dataclass(frozen=True, kw_only=True)
class WordHead:
    """The head of a masked language model: ``decoder(norm(activation(dense(x))))``."""

    dense: str
    norm: str
    decoder: str
    biases: tuple[str, ...]
    """Names of the decoder's bias: the first that is there."""
    activation: str = ""
    """Empty: that of the layers."""


@dataclass(frozen=True, kw_only=True)
class Family:
    """What tells one family from another."""

    model_types: tuple[str, ...]
    prefix: str
    """Of the encoder's tensors in a model with a head; a bare encoder has none."""
    layer_prefix: str
    """With ``{layer}``, or ``{group}`` and ``{inside}`` for shared layers."""
    layer: Layer
    class_head: ClassHead
    word_head: WordHead
    norm: str = "embeddings.LayerNorm"
    types: bool = True
    """There are token types."""
    projection: str = ""
    """What brings embeddings to the width of the layers, where there is such a part."""
    always_projects: bool = False
    """Also where both widths are the same."""
    pooler: str = ""
    counts_positions: bool = False
    """Positions are counted from the padding's id, over the tokens that are none."""
    shared: bool = False
    """Layers share weights in groups."""
    states_epsilon: bool = True
    epsilon: float = 1e-12
    pretrained: str = "fill-mask"
    """The task of what transformers saves as ForPreTraining."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Names in config.json that differ from BERT's."""
    defaults: Mapping[str, int | str] = field(default_factory=dict)


_BERT: dict[str, int | str] = {
    "hidden_size": 768,
    "num_attention_heads": 12,
    "intermediate_size": 3072,
    "num_hidden_layers": 12,
    "vocab_size": 30522,
    "max_position_embeddings": 512,
    "type_vocab_size": 2,
    "hidden_act": "gelu",
    "pad_token_id": 0,
}

_LAYER = Layer(
    query="attention.self.query",
    key="attention.self.key",
    value="attention.self.value",
    out="attention.output.dense",
    out_norm="attention.output.LayerNorm",
    up="intermediate.dense",
    down="output.dense",
    down_norm="output.LayerNorm",
)

BERT = Family(
    model_types=("bert",),
    prefix="bert.",
    layer_prefix="encoder.layer.{layer}.",
    layer=_LAYER,
    class_head=ClassHead(dense="pooler.dense", activation="tanh", last="classifier", pooled=True),
    word_head=WordHead(
        dense="cls.predictions.transform.dense",
        norm="cls.predictions.transform.LayerNorm",
        decoder="cls.predictions.decoder",
        biases=("cls.predictions.bias", "cls.predictions.decoder.bias"),
    ),
    pooler="pooler.dense",
    defaults=_BERT,
)

ROBERTA = Family(
    model_types=("roberta", "xlm-roberta", "camembert"),
    prefix="roberta.",
    layer_prefix="encoder.layer.{layer}.",
    layer=_LAYER,
    class_head=ClassHead(dense="classifier.dense", activation="tanh", last="classifier.out_proj"),
    word_head=WordHead(
        dense="lm_head.dense",
        norm="lm_head.layer_norm",
        decoder="lm_head.decoder",
        biases=("lm_head.bias", "lm_head.decoder.bias"),
        activation="gelu",
    ),
    pooler="pooler.dense",
    counts_positions=True,
    defaults={**_BERT, "vocab_size": 50265, "pad_token_id": 1},
)

DISTILBERT = Family(
    model_types=("distilbert",),
    prefix="distilbert.",
    layer_prefix="transformer.layer.{layer}.",
    layer=Layer(
        query="attention.q_lin",
        key="attention.k_lin",
        value="attention.v_lin",
        out="attention.out_lin",
        out_norm="sa_layer_norm",
        up="ffn.lin1",
        down="ffn.lin2",
        down_norm="output_layer_norm",
    ),
    class_head=ClassHead(dense="pre_classifier", activation="relu", last="classifier"),
    word_head=WordHead(
        dense="vocab_transform",
        norm="vocab_layer_norm",
        decoder="vocab_projector",
        biases=("vocab_projector.bias",),
    ),
    types=False,
    states_epsilon=False,
    settings={
        "hidden_size": "dim",
        "num_attention_heads": "n_heads",
        "intermediate_size": "hidden_dim",
        "num_hidden_layers": "n_layers",
        "hidden_act": "activation",
    },
    defaults={**_BERT, "num_hidden_layers": 6},
)

ELECTRA = Family(
    model_types=("electra",),
    prefix="electra.",
    layer_prefix="encoder.layer.{layer}.",
    layer=_LAYER,
    class_head=ClassHead(dense="classifier.dense", activation="gelu", last="classifier.out_proj"),
    word_head=WordHead(
        dense="generator_predictions.dense",
        norm="generator_predictions.LayerNorm",
        decoder="generator_lm_head",
        biases=("generator_lm_head.bias",),
        activation="gelu",
    ),
    projection="embeddings_project",
    pretrained="feature-extraction",
    defaults={
        **_BERT,
        "hidden_size": 256,
        "num_attention_heads": 4,
        "intermediate_size": 1024,
        "embedding_size": 128,
    },
)

ALBERT = Family(
    model_types=("albert",),
    prefix="albert.",
    layer_prefix="encoder.albert_layer_groups.{group}.albert_layers.{inside}.",
    layer=Layer(
        query="attention.query",
        key="attention.key",
        value="attention.value",
        out="attention.dense",
        out_norm="attention.LayerNorm",
        up="ffn",
        down="ffn_output",
        down_norm="full_layer_layer_norm",
    ),
    class_head=ClassHead(dense="pooler", activation="tanh", last="classifier", pooled=True),
    word_head=WordHead(
        dense="predictions.dense",
        norm="predictions.LayerNorm",
        decoder="predictions.decoder",
        biases=("predictions.bias", "predictions.decoder.bias"),
    ),
    projection="encoder.embedding_hidden_mapping_in",
    always_projects=True,
    pooler="pooler",
    shared=True,
    defaults={
        **_BERT,
        "hidden_size": 4096,
        "num_attention_heads": 64,
        "intermediate_size": 16384,
        "vocab_size": 30000,
        "embedding_size": 128,
        "hidden_act": "gelu_new",
        "num_hidden_groups": 1,
        "inner_group_num": 1,
    },
)

FAMILIES: list[Family] = [BERT, ROBERTA, DISTILBERT, ELECTRA, ALBERT]
