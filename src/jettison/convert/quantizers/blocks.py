"""Weights in blocks of one row, each block with a scale of its own, unsigned around the middle of the range.

This is the storage of ONNX Runtime's MatMulNBits: ``w = (q - 2 ** (bits - 1)) * scale``. `blocks8` and
`blocks4` are its two widths.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jettison.convert.architectures.graph import MICROSOFT

from . import float16

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from jettison.convert.architectures.graph import Graph

_WIDEST, _NARROWEST = 256, 16
_SMALL_TABLE = 1_000_000
"""Entries under which an embedding stays in 16 bits: it saves next to nothing, and its errors reach every token."""
_INT8_ACTIVATIONS = 4
"""accuracy_level of MatMulNBits: activations in 8 bits too. Without it the kernel is a hundred times slower."""


@dataclass(frozen=True)
class Blocks:
    """A matrix [N, K] in blocks along K."""

    values: NDArray[np.uint8]
    """[N, K / block, block] for 8 bits, [N, K / block, block / 2] for 4: the even element in the low half."""
    scales: NDArray[np.float32]
    """[N, K / block]"""
    block: int
    bits: int


def block_size(width: int) -> int:
    """Width of a block for rows of so many weights: narrow where rows are short, wide where bytes are what costs.

    Short rows are computed from the cache, so the scales of narrow blocks cost no time there. Always a size that
    divides the row evenly; the narrowest when none does (the kernel then pads the row).
    """
    size = _WIDEST if width >= 512 else width // 12
    size = max(_NARROWEST, 1 << (size.bit_length() - 1))
    while size > _NARROWEST and width % size:
        size //= 2
    return size


def quantized(weight: NDArray[np.float32], bits: int) -> Blocks:
    """Round to nearest with the scale of each block chosen to leave the least squared error."""
    import numpy as np

    rows, width = weight.shape
    block = block_size(width)
    padded = np.pad(weight, ((0, 0), (0, -width % block))).reshape(rows, -1, block)
    middle = 2 ** (bits - 1)
    best = _scales(padded, middle)
    if bits < 8:
        best = _shrunk(padded, best, middle)
    values = (np.clip(np.rint(padded / best), -middle, middle - 1) + middle).astype(np.uint8)
    if bits == 4:
        values = values[..., 0::2] | (values[..., 1::2] << 4)
    return Blocks(values=values, scales=best[..., 0], block=block, bits=bits)


def product(  # noqa: PLR0917  (as the Protocol's, with the width of a block before it)
    graph: Graph,
    x: str,
    weight: NDArray[np.float32],
    bits: int,
    name: str = "",
    bias: NDArray[np.float32] | None = None,
) -> str:
    """MatMulNBits over the blocks of the weight."""
    stored = quantized(weight, bits)
    rows, width = weight.shape
    added = () if bias is None else ("", "", graph.constant(bias))
    return graph.op(
        "MatMulNBits",
        x,
        graph.constant(stored.values),
        graph.constant(stored.scales),
        *added,
        domain=MICROSOFT,
        name=name,
        N=rows,
        K=width,
        bits=bits,
        block_size=stored.block,
        accuracy_level=_INT8_ACTIVATIONS,
    )


def lookup(graph: Graph, ids: str, table: NDArray[np.float32]) -> str:
    """Rows of a table kept in 8-bit blocks, turned back into floats after they are picked."""
    import numpy as np

    if stays_float(table):
        return float16.lookup(graph, ids, table)
    stored = quantized(table, 8)
    rows, width = table.shape
    picked = graph.op("Gather", graph.constant(stored.values.reshape(rows, -1)), ids)
    scales = graph.op("Gather", graph.constant(stored.scales), ids)
    centred = graph.op("Sub", graph.op("Cast", picked, to=1), graph.constant(np.array(128, np.float32), "middle"))
    blocks = graph.op("Reshape", centred, graph.integers(0, 0, -1, stored.block))
    scaled = graph.op("Mul", blocks, graph.op("Unsqueeze", scales, graph.integers(-1)))
    return graph.op("Reshape", scaled, graph.integers(0, 0, width))


def head(graph: Graph, x: str, table: NDArray[np.float32], name: str) -> str:
    """The product with the table of `lookup`: the same bytes of the weights file, seen as blocks."""
    return float16.head(graph, x, table, name) if stays_float(table) else product(graph, x, table, 8, name)


def stays_float(table: NDArray[np.float32]) -> bool:
    """Small tables, and those whose rows no block divides (picked rows could not be put together again)."""
    return table.size < _SMALL_TABLE or table.shape[1] % block_size(table.shape[1]) != 0


def _scales(padded: NDArray[np.float32], middle: int) -> NDArray[np.float32]:
    """[N, blocks, 1]: the largest weight of a block lands on the end of the range that has one step more."""
    import numpy as np

    place = np.abs(padded).argmax(-1, keepdims=True)
    extreme = np.take_along_axis(padded, place, -1)
    scales = extreme / -middle
    return np.where(scales == 0, np.float32(1), scales).astype(np.float32)


def _shrunk(padded: NDArray[np.float32], scales: NDArray[np.float32], middle: int) -> NDArray[np.float32]:
    """A search over smaller scales: clipping one large weight often serves the rest of its block better."""
    import numpy as np

    best, least = scales, np.full(scales.shape, np.inf, np.float32)
    for factor in np.linspace(1.0, 0.7, 13, dtype=np.float32):
        tried = scales * factor
        back = np.clip(np.rint(padded / tried), -middle, middle - 1) * tried
        error = np.square(back - padded).sum(-1, keepdims=True)
        best, least = np.where(error < least, tried, best), np.minimum(error, least)
    return best
