"""What stands on the last layer: the outputs of the graph, by task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from jettison.convert.architectures.graph import tensor
from jettison.errors import UnsupportedModel

from .layers import Layers

if TYPE_CHECKING:
    import onnx

POOLINGS = ("mean", "cls", "max", "mean_sqrt_len_tokens")
_LOWEST = -1e9
"""What sentence-transformers takes for a token that is padding when it looks for the largest."""
_FLOAT = 1


def model(layers: Layers, embedding: Mapping[str, Any]) -> onnx.ModelProto:
    """The whole graph of one model; `embedding` says how sentences are pooled."""
    shape = layers.shape
    hidden = layers.hidden()
    sizes = _HEADS[shape.task](layers, hidden, embedding)
    tokens: list[str | int] = ["batch", "tokens"]
    inputs = [tensor("input_ids", "INT64", tokens), tensor("attention_mask", "INT32", tokens)]
    if shape.types > 1:
        inputs.append(tensor("token_type_ids", "INT64", tokens))
    if shape.task == "fill-mask":
        inputs.append(tensor("places", "INT64", ["places"]))
    return layers.graph.model(inputs, [tensor(name, "FLOAT", list(size)) for name, size in sizes.items()])


Outputs = dict[str, Sequence[str | int]]


def _text_classification(layers: Layers, first: str, embedding: Mapping[str, Any]) -> Outputs:
    head = layers.shape.family.class_head
    dense = layers.weights.encoder(head.dense) if head.pooled else head.dense
    read = layers.activated(layers.dense(first, dense), head.activation)
    layers.graph.op("Identity", layers.dense(read, head.last), name="logits")
    return {"logits": ("batch", len(layers.weights[head.last][1]))}


def _token_classification(layers: Layers, hidden: str, embedding: Mapping[str, Any]) -> Outputs:
    labels = len(layers.weights["classifier"][1])
    layers.graph.op("Identity", layers.by_token(layers.dense(hidden, "classifier"), labels), name="logits")
    return {"logits": ("batch", "tokens", labels), **_bare(layers, hidden)}


def _question_answering(layers: Layers, hidden: str, embedding: Mapping[str, Any]) -> Outputs:
    graph = layers.graph
    both = layers.by_token(layers.dense(hidden, "qa_outputs"), 2)
    for number, name in enumerate(("start_logits", "end_logits")):
        graph.op("Gather", both, graph.scalar(number), name=name, axis=2)
    tokens = ("batch", "tokens")
    return {"start_logits": tokens, "end_logits": tokens, **_bare(layers, hidden)}


def _fill_mask(layers: Layers, hidden: str, embedding: Mapping[str, Any]) -> Outputs:
    graph, shape = layers.graph, layers.shape
    head = shape.family.word_head
    x = graph.op("Gather", hidden, "places", axis=0)
    x = layers.norm(layers.activated(layers.dense(x, head.dense), head.activation or shape.activation), head.norm)
    table, bias = layers.weights.word_head()
    product = layers.form.encoder.head(graph, x, table, name="without_bias")
    graph.op("Add", product, graph.constant(bias), name="logits")
    return {"logits": ("places", shape.vocabulary), **_bare(layers, hidden)}


def _features(layers: Layers, hidden: str, embedding: Mapping[str, Any]) -> Outputs:
    outputs = _bare(layers, hidden)
    pooled = [_pooled(layers, mode) for mode in embedding.get("pooling", ("mean",))]
    layers.graph.op("Concat", *pooled, name="sentence_embedding", axis=-1)
    return {**outputs, "sentence_embedding": ("batch", len(pooled) * layers.shape.width)}


def _pooled(layers: Layers, mode: str) -> str:
    """One vector of each text, [batch, width], of ``last_hidden_state``."""
    import numpy as np

    graph = layers.graph
    if mode == "cls":
        return graph.op("Gather", "last_hidden_state", graph.scalar(0), axis=1)
    real = graph.op("Unsqueeze", graph.op("Cast", "attention_mask", to=_FLOAT), graph.integers(1))
    if mode == "max":
        absent = graph.op("Mul", graph.op("Sub", real, graph.number(1)), graph.number(-_LOWEST))
        turned = graph.op("Transpose", absent, perm=[0, 2, 1])
        return graph.op("ReduceMax", graph.op("Add", "last_hidden_state", turned), axes=[1], keepdims=0)
    if mode not in POOLINGS:
        raise UnsupportedModel(
            f"sentences that are pooled by {mode}",
            next_step=f"supported are {', '.join(POOLINGS)}; the service can still be packed with CPU torch",
        )
    count = graph.op("ReduceSum", real, graph.integers(2), keepdims=1)
    count = graph.op("Max", count, graph.constant(np.array(1e-9, np.float32)))
    share = graph.op("Div", real, graph.op("Sqrt", count) if mode == "mean_sqrt_len_tokens" else count)
    return graph.op("Squeeze", graph.op("MatMul", share, "last_hidden_state"), graph.integers(1))


def _bare(layers: Layers, hidden: str) -> Outputs:
    """What every model gives beside its head: free unless somebody asks for it."""
    graph, shape = layers.graph, layers.shape
    graph.op("Identity", layers.by_token(hidden, shape.width), name="last_hidden_state")
    if not layers.weights.has_pooler:
        return {"last_hidden_state": ("batch", "tokens", shape.width)}
    dense = layers.dense(layers.first_token(hidden), layers.weights.encoder(shape.family.pooler))
    graph.op("Tanh", dense, name="pooler_output")
    return {"last_hidden_state": ("batch", "tokens", shape.width), "pooler_output": ("batch", shape.width)}


_HEADS = {
    "text-classification": _text_classification,
    "token-classification": _token_classification,
    "question-answering": _question_answering,
    "fill-mask": _fill_mask,
    "feature-extraction": _features,
}
