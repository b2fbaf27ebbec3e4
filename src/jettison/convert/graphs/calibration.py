"""Ranges of activations, found in a stream: what is kept of a row is a few numbers and a histogram a tensor.

Two passes: the first finds the lowest and the highest number of each tensor (computed inside the graph), the second
counts what lies between them in 2,048 bins. Activations are there for one row at a time, so memory does not grow with
the number of rows. From the histograms come three kinds of ranges:

- ``min-max``: everything that was seen;
- ``percentile``: all but 1 in 10,000 (or in 1,000) at the ends;
- ``entropy``: the end beyond which cutting off costs less than the coarser steps that keeping it takes, by the
  Kullback-Leibler divergence (Migacz 2017, "8-bit Inference with TensorRT").
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .stored import running

if TYPE_CHECKING:
    import numpy as np
    import onnx
    from numpy.typing import NDArray

    Feed = Mapping[str, NDArray[Any]]
    Counts = NDArray[np.int64]

METHODS = ("min-max", "percentile 99.99", "percentile 99.9", "entropy")
_BINS = 2048
_LEVELS = 128
_AT_ONCE_BYTES = 64 << 20
"""Activations of one row that may be looked at together."""


@dataclass(frozen=True, kw_only=True)
class Histogram:
    """Counts of the numbers between two ends, in bins of one width."""

    low: float
    high: float
    counts: Counts

    def added(self, values: NDArray[np.float32]) -> Histogram:
        """With more numbers; those beyond the ends count at the ends."""
        import numpy as np

        width = (self.high - self.low) / len(self.counts)
        if not width > 0:
            return self
        places = np.clip(((values.reshape(-1) - self.low) / width).astype(np.int64), 0, len(self.counts) - 1)
        counts = self.counts + np.bincount(places, minlength=len(self.counts))
        return Histogram(low=self.low, high=self.high, counts=counts)

    def range(self, method: str) -> tuple[float, float]:
        """The ends by one of the `METHODS`."""
        if method == "min-max" or not self.counts.any() or not self.high > self.low:
            return self.low, self.high
        if method == "entropy":
            return _least_divergence(self)
        return _percentiles(self, float(method.split()[1]) / 100)


def histograms(
    model: onnx.ModelProto, tensors: Sequence[str], rows: Iterable[int], feed_of: Any, folder: Path | None = None
) -> Iterator[tuple[str, dict[str, Histogram]]]:
    """Yields a note after every row, with what was found so far; the last one holds everything.

    :param feed_of: row → feed.
    :param folder: where weights lie that the model does not hold itself.
    """
    import numpy as np

    wanted, rows = list(tensors), list(rows)
    with_ends, names = _with_ends(model, wanted)
    session = running(with_ends, folder, "basic")
    ends: dict[str, tuple[float, float]] = {}
    sizes: dict[str, int] = {}
    for place, row in enumerate(rows):
        found = session.run(feed_of(row), names)
        for tensor in wanted:
            low, high = float(found[f"{tensor}_low"]), float(found[f"{tensor}_high"])
            before = ends.get(tensor, (low, high))
            ends[tensor] = (min(low, before[0]), max(high, before[1]))
            sizes[tensor] = max(sizes.get(tensor, 0), 4 * int(found[f"{tensor}_size"]))
        yield f"ranges: {place + 1} of {len(rows)} samples", {}
    empty = np.zeros(_BINS, np.int64)
    counted = {name: Histogram(low=low, high=high, counts=empty) for name, (low, high) in ends.items()}
    for group in _groups(wanted, sizes):
        session = running(_with_outputs(model, group), folder, "basic")
        for place, row in enumerate(rows):
            feed = feed_of(row)
            found = session.run(feed, [name for name in group if name not in feed])
            for tensor in group:
                counted[tensor] = counted[tensor].added(found[tensor] if tensor in found else feed[tensor])
            yield f"histograms: {place + 1} of {len(rows)} samples", {}
    yield "histograms: finished", counted


def _with_ends(model: onnx.ModelProto, tensors: Sequence[str]) -> tuple[onnx.ModelProto, list[str]]:
    """The graph that also gives lowest and highest number and the size of each tensor."""
    import onnx
    from onnx import TensorProto, helper

    changed = onnx.ModelProto()
    changed.CopyFrom(model)
    names = []
    for tensor in tensors:
        for kind, word, dtype in (
            ("ReduceMin", "low", TensorProto.FLOAT),
            ("ReduceMax", "high", TensorProto.FLOAT),
            ("Size", "size", TensorProto.INT64),
        ):
            name = f"{tensor}_{word}"
            facts: dict[str, Any] = {} if kind == "Size" else {"keepdims": 0}
            changed.graph.node.append(helper.make_node(kind, [tensor], [name], **facts))
            changed.graph.output.append(helper.make_tensor_value_info(name, dtype, []))
            names.append(name)
    return changed, names


def _with_outputs(model: onnx.ModelProto, tensors: Sequence[str]) -> onnx.ModelProto:
    import onnx
    from onnx import TensorProto, helper

    changed = onnx.ModelProto()
    changed.CopyFrom(model)
    there = {value.name for value in (*changed.graph.output, *changed.graph.input)}
    changed.graph.output.extend(
        helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in tensors if name not in there
    )
    return changed


def _groups(tensors: Sequence[str], sizes: Mapping[str, int]) -> list[list[str]]:
    groups: list[list[str]] = []
    filled = _AT_ONCE_BYTES
    for tensor in tensors:
        if filled + sizes[tensor] > _AT_ONCE_BYTES:
            groups.append([])
            filled = 0
        groups[-1].append(tensor)
        filled += sizes[tensor]
    return groups


def _percentiles(found: Histogram, share: float) -> tuple[float, float]:
    """The ends that leave out so much on both sides together; an end at zero stays there."""
    import numpy as np

    edges = np.linspace(found.low, found.high, len(found.counts) + 1)
    below = np.cumsum(found.counts) / found.counts.sum()
    left_out = (1 - share) / 2
    one_sided = found.low >= 0 or found.high <= 0
    if one_sided:
        left_out *= 2
    low = found.low if found.low >= 0 else float(edges[int(np.searchsorted(below, left_out))])
    high = found.high if found.high <= 0 else float(edges[int(np.searchsorted(below, 1 - left_out)) + 1])
    return low, high


def _least_divergence(found: Histogram) -> tuple[float, float]:
    """The ends whose 8-bit steps keep most of the distribution of magnitudes."""
    import numpy as np

    edges = np.linspace(found.low, found.high, len(found.counts) + 1)
    middles = np.abs((edges[:-1] + edges[1:]) / 2)
    largest = max(abs(found.low), abs(found.high))
    magnitudes, _ = np.histogram(middles, bins=_BINS, range=(0.0, largest), weights=found.counts.astype(np.float64))
    magnitudes[0] = 0  # zeros are met exactly, however coarse the steps
    if not magnitudes.any():
        return found.low, found.high
    best, least = _BINS, np.inf
    for kept in range(_LEVELS, _BINS + 1, 16):
        divergence = _divergence(magnitudes, kept)
        if divergence < least:
            best, least = kept, divergence
    end = largest * best / _BINS
    return max(found.low, -end), min(found.high, end)


def _divergence(magnitudes: NDArray[np.float64], kept: int) -> float:
    """Kullback-Leibler, between the magnitudes cut off at a bin and the same in 128 steps."""
    import numpy as np

    reference = magnitudes[:kept].copy()
    reference[-1] += magnitudes[kept:].sum()
    parts = (np.arange(kept) * _LEVELS) // kept
    filled = magnitudes[:kept] > 0
    sums = np.bincount(parts, weights=magnitudes[:kept], minlength=_LEVELS)
    places = np.bincount(parts, weights=filled, minlength=_LEVELS)
    spread = np.where(filled, (sums / np.maximum(places, 1))[parts], 0.0)
    total, coarse = reference.sum(), spread.sum()
    if not total or not coarse:
        return float("inf")
    one, other = reference / total, np.maximum(spread / coarse, 1e-12)
    some = one > 0
    return float((one[some] * np.log(one[some] / other[some])).sum())
