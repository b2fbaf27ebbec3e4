"""Which way to quantize is chosen: the order of trials, and what a layer in floats has to buy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from jettison.convert.graphs.cpu import weight_bits
from jettison.convert.graphs.forms import named, wrong
from jettison.convert.graphs.reading import Tensor
from jettison.convert.graphs.samples import FEWEST, feed, opened, samples
from jettison.convert.graphs.trials import Trial, Way, best_way, buys
from jettison.errors import RequestsMissing
from jettison.records import Progress, Steps, finished

METHODS = ("min-max", "percentile 99.99", "percentile 99.9", "entropy")
PICTURE = Tensor(name="input", dtype="float32", shape=("batch", 3, 4, 4))
NUMBER = Tensor(name="rate", dtype="int64", shape=())


class World:
    """What every trial would find, and which were asked for."""

    def __init__(self, errors: dict[str, float], layers: dict[str, tuple[float, float]]) -> None:
        self.errors = errors
        self.layers = layers
        """By layer: the share of the error that it makes, and its share of the work."""
        self.asked: list[tuple[Way, int]] = []

    def tried(self, way: Way, rows: int) -> Steps[Trial]:
        yield Progress(step="convert", note=way.method)
        self.asked.append((way, rows))
        left = 1 - sum(self.layers[name][0] for name in way.floats)
        return trial(way, self.errors[way.method] * left, sum(self.layers[name][1] for name in way.floats))


def trial(way: Way, error: float, work: float) -> Trial:
    return Trial(
        way=way, cosine=1 - error, least_cosine=1 - error, worst_difference=0.1, agreement=1, rows=8, work=work
    )


def test_methods_are_halved_and_the_best_goes_on() -> None:
    world = World({"min-max": 0.03, "percentile 99.99": 0.0004, "percentile 99.9": 0.01, "entropy": 0.02}, {})
    trials = finished(best_way(METHODS, {method: {} for method in METHODS}, 40, world.tried))
    assert trials[-1].way == Way(method="percentile 99.99")
    assert [rows for _, rows in world.asked] == [10] * 4 + [40] * 2
    assert {way.method for way, rows in world.asked if rows == 40} == {"percentile 99.99", "percentile 99.9"}


def test_only_the_layers_that_buy_accuracy_for_their_work_go_back_to_floats() -> None:
    layers = {"first": (0.5, 0.03), "dear": (0.1, 0.5), "plain": (0.1, 0.08), "idle": (0.0, 0.001)}
    world = World(dict.fromkeys(METHODS, 0.02), layers)
    noise = {method: {name: share for name, (share, _) in layers.items()} for method in METHODS}
    best = finished(best_way(METHODS, noise, 8, world.tried))[-1]
    # "first" buys half of the error for 3 % of the work; "plain" a tenth for 8 %: not twice.
    assert best.way.floats == ("first",)
    assert best.error == pytest.approx(0.01)


def test_what_is_right_already_gives_no_layer_back() -> None:
    world = World(dict.fromkeys(METHODS, 0.0001), {"first": (0.9, 0.0)})
    trials = finished(best_way(METHODS, {method: {"first": 1.0} for method in METHODS}, 8, world.tried))
    assert trials[-1].way.floats == ()
    assert not [way for way, _ in world.asked if way.floats]


def test_a_layer_s_price_by_hand() -> None:
    start = trial(Way(method="min-max"), 0.02, 0.0)
    assert buys(start, start, trial(Way(method="min-max"), 0.01, 0.249))  # half of the error for a quarter of the work
    assert not buys(start, start, trial(Way(method="min-max"), 0.01, 0.251))
    assert not buys(start, start, trial(Way(method="min-max"), 0.02, 0.0))
    assert not buys(start, start, trial(Way(method="min-max"), 0.0, 1.0)), "nothing is left in 8 bits"


def test_the_same_search_twice_asks_and_chooses_the_same() -> None:
    layers = {"a": (0.3, 0.01), "b": (0.3, 0.01), "c": (0.2, 0.01)}
    noise = {method: {name: share for name, (share, _) in layers.items()} for method in METHODS}
    worlds = [World(dict.fromkeys(METHODS, 0.02), layers) for _ in range(2)]
    ends = [finished(best_way(METHODS, noise, 20, world.tried))[-1] for world in worlds]
    assert ends[0] == ends[1]
    assert worlds[0].asked == worlds[1].asked


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"cosine": 0.7}, "point elsewhere"),
        ({"cosine": float("nan")}, "point elsewhere"),
        ({"worst_difference": 3.0}, "off by"),
        ({"worst_difference": float("inf")}, "off by"),
        ({"cost": 1.3}, "slower than 32-bit floats here: 1.30"),
        ({"cost": 0.99}, "no faster"),
    ],
)
def test_a_form_that_is_wrong_or_slower_is_refused_with_the_reason(change: dict[str, float], words: str) -> None:
    good = {"cosine": 0.999, "worst_difference": 0.05, "cost": 0.3}
    assert wrong(named("int8-static"), good) is None
    assert words in (wrong(named("int8-static"), {**good, **change}) or "")


def test_a_form_that_is_not_quantized_need_not_be_faster() -> None:
    assert wrong(named("fp16"), {"cosine": 1.0, "worst_difference": 0.001, "cost": 1.02}) is None


def test_weights_have_seven_bits_where_eight_saturate() -> None:
    for flags, bits in (("", 7), ("avx2", 7), ("avx2 avx512f avx512_vnni", 8), ("avx2 avx_vnni", 8)):
        assert weight_bits([], flags.split(), "x86_64") == bits
        assert weight_bits([], flags.split(), "aarch64") == 8
    assert weight_bits(["avx512_vnni", "avx2"]) == 7
    assert weight_bits(["avx512_vnni", "arm64"]) == 8
    assert 2 * 255 * 63 <= 2**15 - 1 < 2 * 255 * 127


def given(tmp_path: Path, **arrays: NDArray[Any]) -> Path:
    np.savez(tmp_path / "given.npz", **arrays)  # type: ignore[arg-type]
    return tmp_path / "given.npz"


def test_samples_are_parted_without_a_row_in_two_parts(tmp_path: Path) -> None:
    rows = np.random.default_rng(0).standard_normal((40, 3, 4, 4)).astype(np.float32)
    rows[7] = rows[3]
    rows[9] = rows[3]
    found = samples(given(tmp_path, input=rows), [PICTURE], tmp_path)
    assert found.repeated == 2
    parts = [set(found.calibration), set(found.choosing), set(found.judging)]
    assert sum(map(len, parts)) == 38 == len(set.union(*parts))
    assert [len(part) for part in parts] == [20, 9, 9]
    again = samples(given(tmp_path, input=rows), [PICTURE], tmp_path)
    assert again == found
    arrays = opened(tmp_path, [PICTURE])
    assert np.array_equal(feed(arrays, [PICTURE], 5)["input"], rows[5:6])


def test_one_array_for_one_input_may_have_any_name(tmp_path: Path) -> None:
    rows = np.random.default_rng(0).standard_normal((13, 3, 4, 4)).astype(np.float32)
    np.save(tmp_path / "rows.npy", rows)
    named = samples(given(tmp_path, pixels=rows), [PICTURE], tmp_path)
    assert samples(tmp_path / "rows.npy", [PICTURE], tmp_path) == named
    assert np.array_equal(feed(opened(tmp_path, [PICTURE]), [PICTURE], 2)["input"], rows[2:3])


def test_a_row_can_be_a_whole_feed(tmp_path: Path) -> None:
    rows = np.random.default_rng(0).standard_normal((14, 2, 3, 4, 4)).astype(np.float32)
    samples(given(tmp_path, input=rows, rate=np.arange(14)), [PICTURE, NUMBER], tmp_path)
    found = feed(opened(tmp_path, [PICTURE, NUMBER]), [PICTURE, NUMBER], 3)
    assert found["input"].shape == (2, 3, 4, 4)
    assert found["rate"].shape == ()
    assert found["rate"] == 3


def test_without_samples_there_are_random_ones_and_it_is_said(tmp_path: Path) -> None:
    found = samples(None, [PICTURE, NUMBER], tmp_path)
    assert found.made_up
    assert not found.calibration
    assert "random" in found.words
    assert feed(opened(tmp_path, [PICTURE, NUMBER]), [PICTURE, NUMBER], 0)["input"].shape == (1, 3, 4, 4)


ROWS = np.zeros((FEWEST, 3, 4, 4), np.float32)


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"input": ROWS[:0]}, "no rows"),
        ({"input": ROWS, "other": ROWS}, "other"),
        ({"input": ROWS.astype(np.float64)}, "float64"),
        ({"input": ROWS[:, :2]}, "shape"),
        ({"input": ROWS * np.nan}, "NaN"),
        ({"input": ROWS + np.inf}, "infinite"),
        ({"input": np.array(["text"] * 3)}, "<U4"),
        ({"input": np.array([{}], dtype=object)}, "cannot be read"),
    ],
)
def test_useless_samples_are_refused_with_the_reason(
    arrays: dict[str, NDArray[Any]], words: str, tmp_path: Path
) -> None:
    with pytest.raises(RequestsMissing, match=words):
        samples(given(tmp_path, **arrays), [PICTURE], tmp_path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 and no more", b"a text", b"\x93NUMPY\x01\x00"])
def test_a_file_that_holds_no_arrays_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "given.npz").write_bytes(content)
    with pytest.raises(RequestsMissing):
        samples(tmp_path / "given.npz", [PICTURE], tmp_path)


def test_rows_for_a_model_that_takes_whole_batches(tmp_path: Path) -> None:
    pair = Tensor(name="input", dtype="float32", shape=(2, 3, 4, 4))
    with pytest.raises(RequestsMissing, match="batches of 2"):
        samples(given(tmp_path, input=ROWS), [pair], tmp_path)
    assert len(samples(given(tmp_path, input=np.stack([ROWS, ROWS + 1], 1)), [pair], tmp_path).judging) == 1
