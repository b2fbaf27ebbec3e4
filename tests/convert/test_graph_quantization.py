"""Static 8 bits: the arithmetic by hand, what stays in 8 bits, and how near the numbers stay to the floats."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import numpy_helper

from jettison.convert.graphs import agreement, calibration, dynamic, noise, normal, qdq, rewriting, stored, tables
from jettison.convert.graphs.calibration import Histogram
from jettison.convert.graphs.layout import Layout
from jettison.runtimes.onnx_graphs import Running
from tests import onnx_graphs

Feed = dict[str, NDArray[Any]]


@pytest.fixture(scope="module")
def folded(tmp_path_factory: pytest.TempPathFactory) -> onnx.ModelProto:
    """A small network in its normal form."""
    folder = tmp_path_factory.mktemp("normal")
    source = onnx_graphs.written(folder, onnx_graphs.residual_network(width=32))
    running = Running(source, "none")
    answers = [running.run(feed) for feed in FEEDS[:3]]
    normal.normalized(source, folder / "normal.onnx", FEEDS[:3], answers, upgrade=True)
    floats = (folder / "normal.onnx.data").stat().st_size
    assert floats < 1.05 * source.stat().st_size
    return onnx.load(str(normal.eight_bits(folder / "normal.onnx")))


FEEDS: list[Feed] = [{"input": picture[None]} for picture in onnx_graphs.pictures(24)]


def found(model: onnx.ModelProto, feeds: list[Feed]) -> dict[str, Histogram]:
    layout = Layout(model=model)
    steps = calibration.histograms(model, layout.tensors(layout.units()), range(len(feeds)), feeds.__getitem__)
    return list(steps)[-1][1]


def ranges(model: onnx.ModelProto, method: str = "min-max") -> dict[str, tuple[float, float]]:
    return {name: each.range(method) for name, each in found(model, FEEDS[:12]).items()}


def answers(model: onnx.ModelProto, feeds: list[Feed]) -> list[Feed]:
    session = stored.running(model, None)
    return [session.run(feed) for feed in feeds]


def test_scales_and_zero_points_by_hand() -> None:
    assert qdq.step(-1.0, 3.0) == (4 / 255, 64)
    for low, high, expected in ((0.0, 2.55, 0), (1.0, 2.55, 0), (-2.55, -1.0, 255)):
        scale, zero = qdq.step(low, high)
        assert scale == pytest.approx(0.01), "zero is always within"
        assert zero == expected
    scale, zero = qdq.step(0.0, 0.0)
    assert scale > 0
    assert zero == 0


def test_weights_have_a_scale_for_each_channel_by_hand() -> None:
    weight = np.array([[1.27, -0.5], [0.0, 254.0]], np.float32)
    values, scales = qdq.channels(weight, 0)
    assert values.tolist() == [[127, -50], [0, 127]]
    assert scales.tolist() == pytest.approx([0.01, 2.0])
    seven, scales = qdq.channels(weight, 0, bits=7)
    assert seven.tolist() == [[63, -25], [0, 63]]
    assert qdq.channels(weight, 1)[1].tolist() == pytest.approx([0.01, 2.0])
    assert qdq.channels(weight, 0, least=np.array([0.1, 0.0]))[0].tolist() == [[13, -5], [0, 127]]


def test_eight_bits_hold_from_the_first_product_to_the_last(folded: onnx.ModelProto) -> None:
    made = qdq.quantized(folded, ranges(folded))
    kinds = [node.op_type for node in made.graph.node]
    assert "Relu" not in kinds, "an activation ends where 8 bits end"
    assert "PRelu" not in kinds
    floats = [tensor for tensor in made.graph.initializer if tensor.data_type == 1 and np.prod(tensor.dims) > 64]
    assert not floats, "every weight is stored in 8 bits"
    # The picture, five convolutions, two sums, the pooled numbers and the same flat; the logits come back as floats.
    assert kinds.count("QuantizeLinear") == 10
    assert answers(made, FEEDS[:1])[0]["logits"].shape == (1, 10)


def test_numbers_stay_near_and_a_layer_in_floats_brings_them_nearer(folded: onnx.ModelProto) -> None:
    ends = ranges(folded)
    expected = answers(folded, FEEDS[12:])
    units = [unit.name for unit in Layout(model=folded).units()]

    def error(floats: list[str]) -> float:
        made = qdq.quantized(folded, ends, floats=floats)
        return 1 - agreement.summary(expected, answers(made, FEEDS[12:]))["cosine"]

    assert 1e-7 < error([]) < 0.01
    assert error(units) < 1e-9
    noisy = noise.noise(folded, ends, FEEDS[:4])
    assert set(noisy) == set(units)
    assert all(0 < share < 0.01 for share in noisy.values())
    assert error(units[:-1]) < error([])


def test_a_wrong_range_is_seen_as_noise_in_that_layer_alone(folded: onnx.ModelProto) -> None:
    ends = ranges(folded)
    unit = Layout(model=folded).units()[2]
    low, high = ends[unit.source]
    before = noise.noise(folded, ends, FEEDS[:2])
    worse = noise.noise(folded, {**ends, unit.source: (low, high / 20)}, FEEDS[:2])
    assert worse[unit.name] > 20 * before[unit.name]
    others = [name for name in before if name != unit.name and worse[name] > 2 * before[name]]
    sharing = [each.name for each in Layout(model=folded).units() if each.source == unit.source]
    assert set(others) <= set(sharing)


def test_a_bias_far_over_its_weights_is_kept() -> None:
    """The bias is a 32-bit number at the product of both scales: next to dead weights it would not fit."""
    b = onnx_graphs.Builder()
    weight = b.random.standard_normal((4, 3, 1, 1)).astype(np.float32)
    weight[2] = 1e-12
    bias = np.array([0.1, -0.2, 5.0, 0.3], np.float32)
    b.op("Conv", ["input", b.weight("w", weight), b.weight("b", bias)], "out")
    model = b.model({"input": ["n", 3, 16, 16]}, {"out": ["n", 4, 16, 16]})
    made = qdq.quantized(model, {"input": (-3.0, 3.0), "out": (-8.0, 8.0)})
    got = answers(made, FEEDS[:1])[0]["out"]
    assert np.allclose(got[0, 2], 5.0, atol=0.05)


def test_matrix_products_are_quantized_as_they_come() -> None:
    b = onnx_graphs.Builder()
    first = b.weight("first", b.random.standard_normal((48, 24)).astype(np.float32))
    second = b.weight("second", b.random.standard_normal((5, 24)).astype(np.float32))
    bias = b.weight("bias", b.random.standard_normal(5).astype(np.float32))
    x = b.op("Relu", [b.op("MatMul", ["input", first], "product")], "relu")
    b.op("Gemm", [x, second, bias], "out", transB=1)
    model = b.model({"input": ["n", 48]}, {"out": ["n", 5]})
    made = dynamic.quantized(model)
    assert made is not None
    assert [node.op_type for node in made.graph.node].count("DynamicQuantizeMatMul") == 2
    assert {tensor.data_type for tensor in made.graph.initializer if len(tensor.dims) == 2} == {3}
    feeds = [{"input": onnx_graphs.pictures(4)[:, 0, :3].reshape(4, 48)}]
    summary = agreement.summary(answers(model, feeds), answers(made, feeds))
    assert 0.99 < summary["cosine"] < 1
    only_convolutions = onnx_graphs.Builder()
    only_convolutions.conv("input", "out", (3, 4))
    model = only_convolutions.model({"input": ["n", 3, 16, 16]}, {"out": ["n", 4, 16, 16]})
    assert dynamic.quantized(model) is None


def test_leaky_activations_go_into_the_convolution_before_them() -> None:
    model = onnx_graphs.residual_network()
    changed = rewriting.without_leaks(model, split=True)
    assert changed is not None
    assert "PRelu" not in [node.op_type for node in changed.graph.node]
    assert len([node for node in changed.graph.node if node.op_type == "Conv"]) == 5
    pairs = zip(answers(model, FEEDS[:4]), answers(changed, FEEDS[:4]), strict=True)
    assert all(agreement.worst_difference(one, other) < 1e-5 for one, other in pairs)
    assert rewriting.without_leaks(changed, split=True) is None


@pytest.mark.parametrize("split", [True, False])
@pytest.mark.parametrize(("shape", "most"), [((8, 16, 16), 1.0), ((1,), 1.0), ((8, 1, 1), 1.0), ((8, 1, 1), 3.0)])
def test_leaks_of_every_shape_give_the_same_numbers(shape: tuple[int, ...], most: float, split: bool) -> None:
    b = onnx_graphs.Builder()
    x = b.conv("input", "conv", (3, 8))
    slopes = b.weight("slopes", b.random.uniform(-0.5, most, shape).astype(np.float32))
    b.op("PRelu", [x, slopes], "out")
    model = b.model({"input": [1, 3, 16, 16]}, {"out": [1, 8, 16, 16]})
    changed = rewriting.without_leaks(model, split=split)
    if not split and most > 1:
        assert changed is None
        return
    assert changed is not None
    pairs = zip(answers(model, FEEDS[:2]), answers(changed, FEEDS[:2]), strict=True)
    assert all(agreement.worst_difference(one, other) < 1e-5 for one, other in pairs)


def test_ranges_found_row_by_row_are_those_of_all_rows_at_once(folded: onnx.ModelProto) -> None:
    one_by_one = found(folded, FEEDS[:8])
    together = found(folded, [{"input": np.concatenate([feed["input"] for feed in FEEDS[:8]])}])
    assert one_by_one.keys() == together.keys()
    for name, each in one_by_one.items():
        other = together[name]
        assert (each.low, each.high) == pytest.approx((other.low, other.high), rel=1e-5, abs=1e-6)
        assert each.counts.sum() == other.counts.sum()
        assert np.abs(np.cumsum(each.counts) - np.cumsum(other.counts)).max() <= 0.001 * each.counts.sum()


def test_percentiles_by_hand() -> None:
    counts = np.zeros(2048, np.int64)
    counts[:] = 10
    whole = Histogram(low=-1.0, high=1.0, counts=counts)
    assert whole.range("min-max") == (-1.0, 1.0)
    low, high = whole.range("percentile 99.9")
    assert low == pytest.approx(-0.999, abs=0.001)
    assert high == pytest.approx(0.999, abs=0.001)
    one_sided = Histogram(low=0.0, high=1.0, counts=counts)
    low, high = one_sided.range("percentile 99.9")
    assert low == 0.0
    assert high == pytest.approx(0.999, abs=0.001)


def test_entropy_cuts_an_outlier_off_and_keeps_what_is_common() -> None:
    random = np.random.default_rng(0)
    values = np.abs(random.standard_normal(200_000)).astype(np.float32)
    values[0] = 60.0
    empty = np.zeros(2048, np.int64)
    with_outlier = Histogram(low=0.0, high=60.0, counts=empty).added(values)
    low, high = with_outlier.range("entropy")
    assert low == 0.0
    assert 2.5 < high < 15.0
    even = Histogram(low=0.0, high=1.0, counts=empty).added(random.uniform(0, 1, 200_000).astype(np.float32))
    assert even.range("entropy")[1] > 0.9


def test_a_tensor_that_never_changes_has_a_range() -> None:
    zero = Histogram(low=0.0, high=0.0, counts=np.zeros(2048, np.int64)).added(np.zeros(10, np.float32))
    assert all(zero.range(method) == (0.0, 0.0) for method in calibration.METHODS)


def test_agreement_by_hand() -> None:
    one = {"a": np.array([[3.0, 4.0]], np.float32), "b": np.array([0.0], np.float32)}
    same = agreement.summary([one], [one])
    assert same["cosine"] == pytest.approx(1.0)
    assert same["worst_difference"] == 0.0
    other = {"a": np.array([[4.0, 3.0]], np.float32), "b": np.array([0.0], np.float32)}
    off = agreement.summary([one, one], [one, other])
    assert off["cosine"] == pytest.approx((1 + (0.96 + 1) / 2) / 2)
    assert off["least_cosine"] == pytest.approx(0.98)
    assert off["worst_difference"] == pytest.approx(0.25)
    assert off["agreement"] == 0.5
    nothing = {"a": np.array([[np.nan, 4.0]], np.float32), "b": np.array([0.0], np.float32)}
    assert agreement.worst_difference(one, nothing) == float("inf")
    assert agreement.worst_difference(one, {"a": one["a"]}) == float("inf")


def test_weights_that_decayed_are_cleared_and_nothing_else() -> None:
    b = onnx_graphs.Builder()
    weight = np.array([[1.0, 1e-5, 1e-20, -1e-39]], np.float32)
    b.op("MatMul", ["input", b.weight("w", weight.T)], "out")
    model = b.model({"input": ["n", 4]}, {"out": ["n", 1]})
    changed = normal.cleared(model)
    assert changed is not None
    kept = numpy_helper.to_array(changed.graph.initializer[0])
    assert kept.reshape(-1).tolist() == [1.0, pytest.approx(1e-5), 0.0, 0.0]
    assert normal.cleared(changed) is None


def test_a_table_that_is_only_looked_up_takes_a_quarter_and_a_row_keeps_its_own_scale() -> None:
    b = onnx_graphs.Builder()
    sizes = np.geomspace(1e-3, 10, 1024, dtype=np.float32)[:, None]
    names = ("plain", "turned", "given")
    for name in names:
        b.weight(name, (b.random.standard_normal((1024, 32)) * sizes).astype(np.float32))
    b.op("Gather", ["plain", "words"], "rows")
    b.op("Gather", ["turned", "words"], "columns", axis=1)
    b.op("Gather", ["given", "words"], "others")
    model = b.model(
        {"words": [2, "count"]},
        {"rows": [2, "count", 32], "columns": [1024, 2, "count"], "others": [2, "count", 32], "given": [1024, 32]},
    )
    model.graph.input[0].type.tensor_type.elem_type = onnx.TensorProto.INT64
    changed = tables.in_eight_bits(model)
    assert [tensor.name for tensor in changed.graph.initializer if tensor.name in names] == ["turned", "given"]
    feed = {"words": np.array([[0, 31, 5], [1, 2, 30]])}
    floats, eight = answers(model, [feed])[0], answers(changed, [feed])[0]
    assert np.array_equal(floats["columns"], eight["columns"])
    steps = np.abs(floats["rows"]).max(axis=-1, keepdims=True) / 127
    assert (np.abs(floats["rows"] - eight["rows"]) <= 0.501 * steps).all()
    assert tables.in_eight_bits(changed) is changed


def test_what_calibration_holds_does_not_grow_with_the_samples() -> None:
    """Activations of a row are 20 MB here: a kept one would be seen."""
    side, random = 192, np.random.default_rng(0)
    b = onnx_graphs.Builder()
    x = "input"
    for name, into in (("one", 3), ("two", 32), ("three", 32)):
        x = b.op("Relu", [b.conv(x, name, (into, 32))], f"{name}_relu")
    model = b.model({"input": [1, 3, side, side]}, {x: [1, 32, side, side]})
    layout = Layout(model=model)
    held = {}
    steps = calibration.histograms(
        model,
        layout.tensors(layout.units()),
        range(16),
        lambda row: {"input": random.standard_normal((1, 3, side, side)).astype(np.float32)},
    )
    for note, _ in steps:
        held[note] = resident_bytes()
    counted = [size for note, size in held.items() if note.startswith("histograms: ")]
    assert max(counted[8:]) < max(counted[:8]) + 30e6


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")
