"""The decoder's graph: one step, with key and value caches of fixed length that are written in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.checkpoints import Tensors
from jettison.convert.architectures.graph import MICROSOFT, Graph, tensor

from .geometry import Geometry, bucket, table_names
from .stack import MASKED, Stack

if TYPE_CHECKING:
    import onnx

    from jettison.convert.quantizers import Quantizer

DECODE_LIMIT = 1024
"""Longest output in tokens: the length of the table of position biases."""


def model(tensors: Tensors, shape: Geometry, graph: Graph, quantizer: Quantizer) -> onnx.ModelProto:
    """One step: a token of each row, its position, the caches in; logits and the caches out.

    Rows that continue one source (its beams) stand together and are one query of several rows to the source's keys
    and values, which are kept and read once for all of them.
    """
    import numpy as np

    stack = Stack(tensors=tensors, shape=shape, graph=graph, quantizer=quantizer)
    _, embedding, head = table_names(tensors)
    stream = quantizer.lookup(graph, "input_ids", tensors[embedding])
    bias = _position_bias(tensors, shape, graph)
    by_source = _by_source(shape, graph)
    normal = stack.first_norm(stream, "decoder.block.0.layer.0.layer_norm.weight")
    for layer in range(shape.decoder_layers):
        block = f"decoder.block.{layer}.layer"
        query, key, value = stack.projections(normal, f"{block}.0.SelfAttention")
        caches = [f"key_{layer}", f"value_{layer}"]
        mixed = graph.ops(
            "DecoderMaskedMultiHeadAttention",
            *(query, key, value, "", bias, *caches, "position"),
            outputs=[f"self_{layer}", *(f"new_{name}" for name in caches)],
            domain=MICROSOFT,
            num_heads=shape.heads,
            scale=1.0,
            past_present_share_buffer=1,
        )[0]
        added = stack.product(mixed, f"{block}.0.SelfAttention.o.weight")
        normal, stream = stack.norm(added, stream, f"{block}.1.layer_norm.weight")
        query = stack.product(normal, f"{block}.1.EncDecAttention.q.weight")
        query = graph.op("Reshape", query, by_source)
        mixed = graph.op(
            "MultiHeadAttention",
            *(query, f"cross_key_{layer}", f"cross_value_{layer}", "", "attention_mask"),
            domain=MICROSOFT,
            num_heads=shape.heads,
            scale=1.0,
            mask_filter_value=MASKED,
        )
        mixed = graph.op("Reshape", mixed, graph.integers(-1, 1, shape.inner))
        added = stack.product(mixed, f"{block}.1.EncDecAttention.o.weight")
        normal, stream = stack.norm(added, stream, f"{block}.2.layer_norm.weight")
        added = stack.feed_forward(normal, f"{block}.2.DenseReluDense")
        last = layer + 1 == shape.decoder_layers
        following = f"decoder.block.{layer + 1}.layer.0.layer_norm.weight"
        # The last norm carries the output's scale: one multiplication less in every step.
        scale = np.float32(shape.width**-0.5) if last and shape.scaled_output else np.float32(1)
        normal, stream = stack.norm(added, stream, "decoder.final_layer_norm.weight" if last else following, scale)
    flat = graph.op("Reshape", normal, graph.integers(-1, shape.width))
    quantizer.head(graph, flat, tensors[head], name="logits")
    return graph.model(*_ends(shape))


def _ends(shape: Geometry) -> tuple[list[onnx.ValueInfoProto], list[onnx.ValueInfoProto]]:
    layers = range(shape.decoder_layers)
    caches = [name for layer in layers for name in (f"key_{layer}", f"value_{layer}")]
    cache_size: list[str | int] = ["batch", shape.heads, "length", shape.head_size]
    cross_size: list[str | int] = ["sources", shape.heads, "source", shape.head_size]
    inputs = [
        tensor("input_ids", "INT64", ["batch", 1]),
        tensor("position", "INT32", [1]),
        tensor("attention_mask", "INT32", ["sources", "source"]),
        *(tensor(name, "FLOAT", cache_size) for name in caches),
        *(tensor(f"cross_{name}", "FLOAT", cross_size) for name in caches),
    ]
    outputs = [
        tensor("logits", "FLOAT", ["batch", shape.vocabulary]),
        *(tensor(f"new_{name}", "FLOAT", cache_size) for name in caches),
    ]
    return inputs, outputs


def _by_source(shape: Geometry, graph: Graph) -> str:
    """The shape [sources, rows a source, width of all heads]."""
    sources = graph.op("Slice", graph.op("Shape", "attention_mask"), graph.integers(0), graph.integers(1))
    return graph.op("Concat", sources, graph.integers(-1, shape.inner), axis=0)


def _position_bias(tensors: Tensors, shape: Geometry, graph: Graph) -> str:
    """Position biases [1, heads, 1, position + 1] of one step: the tail of a table that ends with distance 0."""
    import numpy as np

    distances = np.arange(-(DECODE_LIMIT - 1), 1)
    buckets = bucket(distances, bidirectional=False, buckets=shape.buckets, max_distance=shape.max_distance)
    weight = tensors["decoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight"]
    table = graph.constant(np.ascontiguousarray(weight[buckets].T).reshape(1, shape.heads, 1, DECODE_LIMIT))
    start = graph.op("Sub", graph.integers(DECODE_LIMIT - 1), graph.op("Cast", "position", to=7))
    return graph.op("Slice", table, start, graph.integers(DECODE_LIMIT), graph.integers(3))
