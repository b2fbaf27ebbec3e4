"""The 8-bit quantizers on single products: what rounding leaves, and what a known bound of the inputs is worth."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray

from jettison.convert.architectures.graph import Graph, tensor
from jettison.convert.quantizers import UNKNOWN, Inputs, rows8
from jettison.convert.quantizers.channels8 import channels
from jettison.convert.quantizers.rounding import compensated, nearest

Floats = NDArray[np.float32]


def computed(x: Floats, weight: Floats, bias: Floats | None, inputs: Inputs) -> Floats:
    graph = Graph()
    found = rows8.product(graph, "x", weight, bias, inputs=inputs)
    graph.op("Identity", found, name="y")
    model = graph.model([tensor("x", "FLOAT", ["rows", x.shape[1]])], [tensor("y", "FLOAT", ["rows", len(weight)])])
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, {"x": x})[0])


def test_rounding_makes_up_for_itself_on_numbers_that_were_seen_and_on_others_like_them() -> None:
    random = np.random.default_rng(3)
    mixing = random.standard_normal((24, 200)).astype(np.float32)
    seen, others = (random.standard_normal((300, 24)).astype(np.float32) @ mixing for _ in range(2))
    weight = random.standard_normal((32, 200)).astype(np.float32)
    plain, scales = channels(weight)
    better, _ = channels(weight, seen)
    assert np.array_equal(plain, nearest(weight, scales))

    def error(values: NDArray[np.int8], x: Floats) -> float:
        return float(np.square(x @ (weight - values * scales[:, None]).T).mean())

    assert error(better, seen) < 0.3 * error(plain, seen)
    assert error(better, others) < 0.4 * error(plain, others)
    # More columns than make up for one another at once, and fewer rows than columns.
    wide = random.standard_normal((4, 3200)).astype(np.float32)
    few = random.standard_normal((50, 3200)).astype(np.float32)
    steps = np.abs(wide).max(axis=1) / 127
    left = [
        np.square(few @ (wide - how * steps[:, None]).T).mean()
        for how in (compensated(wide, steps, few), nearest(wide, steps))
    ]
    assert left[0] < 0.5 * left[1]


@pytest.mark.parametrize("seen", [np.zeros((3, 8), np.float32), np.full((3, 8), np.inf, np.float32)])
def test_numbers_that_tell_nothing_change_no_rounding(seen: Floats) -> None:
    weight = np.random.default_rng(0).standard_normal((4, 8)).astype(np.float32)
    values, scales = channels(weight, seen)
    assert np.array_equal(values, nearest(weight, scales))


@pytest.mark.parametrize("with_bias", [True, False])
def test_inputs_with_a_least_number_use_all_steps(with_bias: bool) -> None:
    random = np.random.default_rng(1)
    x = np.maximum(random.standard_normal((40, 64)), -0.17).astype(np.float32)
    x[3] = -0.17  # nothing above the least: every step is 0
    weight = random.standard_normal((16, 64)).astype(np.float32)
    bias = random.standard_normal(16).astype(np.float32) if with_bias else None
    values, scales = channels(weight)
    wanted = x @ (values * scales[:, None]).T + (0 if bias is None else bias)
    plain, bounded = (np.abs(computed(x, weight, bias, each) - wanted) for each in (UNKNOWN, Inputs(least=-0.17)))
    assert bounded[3].max() < 1e-4
    assert 0.4 < bounded.mean() / plain.mean() < 0.65
