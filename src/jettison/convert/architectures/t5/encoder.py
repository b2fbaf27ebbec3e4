"""The encoder's graph, which ends with the keys and values of the decoder's cross-attention."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.checkpoints import Tensors
from jettison.convert.architectures.graph import MICROSOFT, Graph, tensor

from .geometry import Geometry, bucket, table_names
from .stack import MASKED, Stack

if TYPE_CHECKING:
    import onnx

    from jettison.convert.quantizers import Quantizer


def model(
    tensors: Tensors, shape: Geometry, graph: Graph, quantizer: Quantizer, *, table: Quantizer
) -> onnx.ModelProto:
    """Tokens and their mask in; the cross-attention's keys and values of all decoder layers out.

    `table` is the quantizer of the decoder, whose head is the same table when the model ties them.
    """
    stack = Stack(tensors=tensors, shape=shape, graph=graph, quantizer=quantizer)
    embedding, _, _ = table_names(tensors)
    stream = table.lookup(graph, "input_ids", tensors[embedding])
    bias = _position_bias(tensors, shape, graph)
    normal = stack.first_norm(stream, "encoder.block.0.layer.0.layer_norm.weight")
    for layer in range(shape.encoder_layers):
        block = f"encoder.block.{layer}.layer"
        query, key, value = stack.projections(normal, f"{block}.0.SelfAttention")
        mixed = graph.op(
            "MultiHeadAttention",
            *(query, key, value, "", "attention_mask", bias),
            domain=MICROSOFT,
            num_heads=shape.heads,
            scale=1.0,
            mask_filter_value=MASKED,
        )
        added = stack.product(mixed, f"{block}.0.SelfAttention.o.weight")
        normal, stream = stack.norm(added, stream, f"{block}.1.layer_norm.weight")
        added = stack.feed_forward(normal, f"{block}.1.DenseReluDense")
        last = layer + 1 == shape.encoder_layers
        following = f"encoder.block.{layer + 1}.layer.0.layer_norm.weight"
        normal, stream = stack.norm(added, stream, "encoder.final_layer_norm.weight" if last else following)
    cross = _cross_attention(tensors, shape, graph, quantizer, normal)
    size: list[str | int] = [2 * shape.decoder_layers, "batch", shape.heads, "source", shape.head_size]
    return graph.model(
        [tensor("input_ids", "INT64", ["batch", "source"]), tensor("attention_mask", "INT32", ["batch", "source"])],
        [tensor(cross, "FLOAT", size)],
    )


def _position_bias(tensors: Tensors, shape: Geometry, graph: Graph) -> str:
    """Position biases [1, heads, source, source]: every distance beyond the largest has the largest's bucket."""
    import numpy as np

    reach = shape.max_distance
    buckets = bucket(
        np.arange(-reach, reach + 1), bidirectional=True, buckets=shape.buckets, max_distance=shape.max_distance
    )
    weight = tensors["encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight"]
    table = graph.constant(np.ascontiguousarray(weight[buckets].T))
    length = graph.op("Gather", graph.op("Shape", "input_ids"), graph.scalar(1))
    places = graph.op("Range", graph.scalar(0), length, graph.scalar(1))
    distance = graph.op(
        "Sub",
        graph.op("Unsqueeze", places, graph.integers(0)),
        graph.op("Unsqueeze", places, graph.integers(1)),
    )
    clipped = graph.op("Clip", distance, graph.scalar(-reach), graph.scalar(reach))
    rows = graph.op("Add", clipped, graph.scalar(reach))
    return graph.op("Unsqueeze", graph.op("Gather", table, rows, axis=1), graph.integers(0))


def _cross_attention(tensors: Tensors, shape: Geometry, graph: Graph, quantizer: Quantizer, hidden: str) -> str:
    """Keys and values of the decoder's cross-attention, [key and value of each layer, batch, heads, source, head_size].

    One tensor: the decoder looks at each part where it lies, and nothing is copied apart.
    """
    import numpy as np

    weight = np.concatenate(
        [
            tensors[f"decoder.block.{layer}.layer.1.EncDecAttention.{part}.weight"]
            for layer in range(shape.decoder_layers)
            for part in "kv"
        ]
    )
    sizes = graph.integers(0, 0, 2 * shape.decoder_layers, shape.heads, shape.head_size)
    parts = graph.op("Reshape", quantizer.product(graph, hidden, weight), sizes)
    return graph.op("Transpose", parts, name="cross", perm=[2, 0, 3, 1, 4])
