"""What a graph would answer on a CPU that adds 8-bit products in 16 bits: its products emulated, sum by sum.

The graph is run here, where its sums are exact, and shows what every product reads. From that follows what saturation
takes from the first result; it goes back in as an input, the graph is run again, and so on to the last product: as many
runs as there are products that saturate. Source of the arithmetic: `pairs`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import agreement, pairs, products, stored
from .products import Product

if TYPE_CHECKING:
    import numpy as np
    import onnx
    from numpy.typing import NDArray

    Arrays = Mapping[str, NDArray[Any]]

_MOST_NAMED = 8


@dataclass(kw_only=True)
class Emulated:
    """What came of all graphs and inputs so far."""

    products: int = 0
    """That could saturate for some input."""
    inputs: int = 0
    layers: dict[str, list[int]] = field(default_factory=dict)
    """By product: sums that saturated, and all of them."""
    moved: float = 0.0
    """Largest difference of a number, as a share of the largest."""
    complete: bool = True
    """All that saturates could be taken into the answers."""
    open: dict[str, None] = field(default_factory=dict)
    """Products that saturated and that the runtime cannot make exact."""
    computed: list[str] = field(default_factory=list)
    """Products that it cannot make exact, whether they saturated or not."""
    unseen: list[str] = field(default_factory=list)
    """Products that it cannot make exact and that could not be looked at."""

    def facts(self) -> dict[str, Any]:
        """As a table for JSON."""
        worst = sorted(((name, bad / all_) for name, (bad, all_) in self.layers.items() if bad), key=lambda x: -x[1])
        return {
            "products": self.products,
            "inputs": self.inputs,
            "sums": sum(all_ for _, all_ in self.layers.values()),
            "saturated": sum(bad for bad, _ in self.layers.values()),
            "layers": worst[:_MOST_NAMED],
            "moved": self.moved if worst and self.complete else None,
            "open": list(self.open),
            "computed": self.computed,
            "unseen": self.unseen,
        }


def emulate(path: Path, feeds: Sequence[Arrays], into: Emulated, seconds: float = math.inf) -> list[Arrays]:
    """Add one graph with its inputs; the answers are those under saturation.

    :param seconds: after these no further input is begun.
    :raises GraphRefused: the runtime cannot run the graph.
    """
    probe = _Probe(path)
    into.products += len(probe.products) + len(probe.hidden)
    into.computed += [probe.called(each) for each in probe.products if not each.stored]
    into.unseen += [probe.called(each) for each in probe.hidden if not each.stored]
    answers: list[Arrays] = []
    end = time.monotonic() + seconds
    for feed in feeds:
        if answers and time.monotonic() > end:
            break
        into.inputs += 1
        answers.append(probe.settled(feed, into))
    return answers


class _Probe:
    """A graph that shows what its products read, and takes what saturation takes from their results."""

    def __init__(self, path: Path) -> None:
        model = stored.light(path)
        self._folder, self._stem = path.parent, path.stem
        self._stored = {tensor.name: tensor for tensor in model.graph.initializer}
        self.hidden = [each for each in products.within(model) if not self._harmless(each)]
        self.products = [each for each in products.products(model) if not self._harmless(each)]
        self._given = {value.name for value in model.graph.input}
        self._outputs = [value.name for value in model.graph.output]
        self._wanted = self._shown(model)
        self._running = stored.running(model, path.parent, "basic")

    def called(self, product: Product) -> str:
        """Its name, with that of the graph where a model has several."""
        return product.name if self._stem == "model" else f"{self._stem}: {product.name}"

    def settled(self, feed: Arrays, into: Emulated) -> Arrays:
        """The answers once saturation is everywhere where it belongs."""
        beyond: dict[str, NDArray[Any]] = {}
        exact = values = self._run(feed, beyond)
        settled = True
        for each in self.products:
            values = values if settled else self._run(feed, beyond)
            sums = self._looked_at(each, {**feed, **values})
            settled = not (each.adjustable and sums.saturated)
            if not settled:
                beyond[_beyond(each)] = sums.beyond
            counts = into.layers.setdefault(self.called(each), [0, 0])
            counts[0], counts[1] = counts[0] + sums.saturated, counts[1] + sums.count
            into.complete = into.complete and (each.adjustable or not sums.saturated)
            if sums.saturated and not each.stored:
                into.open[self.called(each)] = None
        values = values if settled else self._run(feed, beyond)
        one, other = ({name: got[name] for name in self._outputs} for got in (exact, values))
        into.moved = max(into.moved, agreement.worst_difference(one, other))
        return other

    def _harmless(self, product: Product) -> bool:
        """Stored weights of which no pair could saturate, whatever it is multiplied with."""
        if product.weights not in self._stored:
            return False
        weights = stored.array(self._stored[product.weights], self._folder)
        return not any(pairs.can_saturate(each) for each in products.matrices(product, weights))

    def _run(self, feed: Arrays, beyond: Arrays) -> Arrays:
        """All that is shown, with so much in the results; nothing in those that are not named."""
        import numpy as np

        nothing = {_beyond(each): np.zeros(1, _kind(each)) for each in self.products if each.adjustable}
        return self._running.run({**feed, **nothing, **beyond}, self._wanted)

    def _shown(self, model: onnx.ModelProto) -> list[str]:
        """Give the graph the outputs that are looked at and the inputs that go into results; all output names."""
        import onnx
        from onnx import helper

        by_place = {each.node: each for each in self.products if each.adjustable}
        nodes: list[onnx.NodeProto] = []
        for place, node in enumerate(model.graph.node):
            copy = onnx.NodeProto()
            copy.CopyFrom(node)
            nodes.append(copy)
            if each := by_place.get(place):
                copy.output[0] = f"{each.name}/jettison/exact"
                nodes.append(helper.make_node("Add", [copy.output[0], _beyond(each)], [each.name]))
                kind = helper.np_dtype_to_tensor_dtype(_kind(each))
                model.graph.input.append(helper.make_tensor_value_info(_beyond(each), kind, None))
        for each in self.products:
            if each.dynamic:
                parts = [f"{each.name}/jettison/{word}" for word in ("values", "scale", "zero")]
                nodes.append(helper.make_node("DynamicQuantizeLinear", [each.values], parts))
        del model.graph.node[:]
        model.graph.node.extend(nodes)
        read = dict.fromkeys(name for each in self.products for name in _read(each))
        new = [name for name in read if name and name not in {*self._stored, *self._given, *self._outputs}]
        model.graph.output.extend(helper.make_empty_tensor_value_info(name) for name in new)
        return [*self._outputs, *new]

    def _looked_at(self, product: Product, seen: Arrays) -> _Sums:
        """What saturates of a product, given all that is known of the graph's tensors."""
        import numpy as np

        def array(name: str) -> NDArray[Any]:
            return seen[name] if name in seen else stored.array(self._stored[name], self._folder)

        names = _read(product)
        values, scale, weights, weight_scale = (array(name) if name else None for name in names[:4])
        zero = int(array(names[4]).reshape(-1)[0]) if names[4] else 0
        assert values is not None
        assert weights is not None
        sums, parts = _Sums(), []
        exact = weights.dtype != np.int8 or values.dtype not in (np.int8, np.uint8)
        if exact or (values.dtype == np.int8 and not product.paired):
            return sums
        if values.dtype == np.int8:
            values, zero = (values ^ np.int8(-128)).view(np.uint8), zero + 128
        for rows, matrix in products.factors(product, values, zero, weights):
            saturated, beyond = pairs.excess(rows, matrix)
            sums.saturated += saturated
            sums.count += len(rows) * ((len(matrix) + 1) // 2) * matrix.shape[1]
            parts.append(beyond)
        if product.adjustable:
            sums.beyond = products.result(product, parts, values, weights).astype(np.float64)
            if scale is not None and weight_scale is not None:
                sums.beyond *= product.factor * scale * products.by_channel(product, weight_scale, weights)
            sums.beyond = sums.beyond.astype(_kind(product))
        return sums


def _no_numbers() -> NDArray[Any]:
    import numpy as np

    return np.zeros(0)


@dataclass(kw_only=True)
class _Sums:
    """Of one product and one input."""

    saturated: int = 0
    count: int = 0
    beyond: NDArray[Any] = field(default_factory=_no_numbers)
    """What it adds to the result."""


def _read(product: Product) -> tuple[str, str, str, str, str]:
    """Names of values, their scale, weights, their scale, the zero point of the values; empty where there is none."""
    if product.dynamic:
        made = [f"{product.name}/jettison/{word}" for word in ("values", "scale", "zero")]
        return made[0], made[1], product.weights, product.weight_scale, made[2]
    return product.values, product.scale, product.weights, product.weight_scale, product.zero


def _beyond(product: Product) -> str:
    return f"{product.name}/jettison/beyond"


def _kind(product: Product) -> np.dtype[Any]:
    import numpy as np

    return np.dtype(np.int32 if product.op == "MatMulInteger" else np.float32)
