"""Headlines against a report so small that every one of them can be worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jettison.records import Headline, Measurement, Part, Report, Weight
from jettison.report import headlines
from jettison.report.sentences import by_key

from . import facts

ORIGINAL = replace(
    facts.ORIGINAL,
    model_bytes=400,
    rounds=((0.08, 0.10), (0.09, 0.11), (0.20, 0.22)),
    peak_memory_bytes=(500, 520, 510),
    cold_start_seconds=(8.0, 6.0, 7.0),
    errors=(1.0, 0.0, 0.0, 1.0),
    units=(5.0, 5.0, 5.0, 5.0),
)
NOW = replace(
    facts.SHIPPED,
    model_bytes=100,
    rounds=((0.01, 0.02), (0.01, 0.01), (0.02, 0.04)),
    peak_memory_bytes=(100, 104, 90),
    cold_start_seconds=(0.5, 0.7, 0.6),
    errors=(1.0, 1.0, 0.0, 1.0),
    units=(5.0, 5.0, 5.0, 5.0),
)
FOUND = Weight(
    name="as found",
    parts=(
        Part(name="base", group="base", pulled_bytes=300, unpacked_bytes=1000, known="table"),
        Part(name="torch", group="python", pulled_bytes=700, unpacked_bytes=3000, known="weighed"),
    ),
)


def small() -> Report:
    layers = tuple(
        replace(layer, unpacked_bytes=size, compressed_bytes=size // 4)
        for layer, size in zip(facts.IMAGE.layers, (40, 30, 20, 10), strict=True)
    )
    return replace(
        facts.full(),
        weights=(FOUND,),
        model_sizes=(("PyTorch", 400), ("quantized", 100)),
        image=replace(facts.IMAGE, layers=layers),
        measurements=(),
        proof=(ORIGINAL, NOW),
        replay=replace(facts.REPLAY, unstable=(4, 5, 6)),
    )


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("original: image, unpacked", 4000),
        ("original: image, pulled", 1000),
        ("now: image, unpacked", 100),
        ("now: image, pulled", 10 + 7 + 5 + 2),
        ("change: image, unpacked", 40),
        ("change: image, pulled", 1000 / 24),
        ("step as found: image, unpacked", 4000),
        ("step quantized: model", 100),
        ("change: model", 4),
        ("original: median latency", 0.105),
        ("now: median latency", 0.015),
        ("change: latency", 7.0),  # of 0.09 / 0.015, 0.10 / 0.01 and 0.21 / 0.03
        ("original: peak memory", 520),
        ("now: peak memory", 104),
        ("change: peak memory", 5),
        ("original: cold start", 7.0),
        ("change: cold start", 7.0 / 0.6),
        ("original: error rate", 0.1),
        ("now: error rate", 0.15),
        ("change: loss", 5.0),
        ("now: answers equal", 595),
        ("now: requests compared", 597),
    ],
)
def test_every_headline_is_what_the_raw_data_gives(key: str, value: float) -> None:
    assert by_key(headlines(small()))[key].value == pytest.approx(value)


def test_a_headline_says_how_many_raw_figures_it_comes_from_and_where_they_stand() -> None:
    figures = by_key(headlines(small()))
    latency = figures["now: median latency"]
    assert (latency.samples, latency.raw, latency.derived) == (6, "proof[1].rounds", "median of all requests")
    assert figures["original: image, unpacked"].known == ("weighed", "table")
    assert figures["now: image, unpacked"].known == ("built",)


def test_a_percentile_is_a_headline_only_when_the_sample_earns_it() -> None:
    report = replace(small(), proof=(with_samples(ORIGINAL, 44), with_samples(NOW, 459)))
    keys = {headline.key for headline in headlines(report)}
    assert "original: p90 latency" in keys
    assert not {"original: p95 latency", "original: p99 latency"} & keys
    assert {"now: p90 latency", "now: p95 latency", "now: p99 latency"} <= keys


def with_samples(one: Measurement, count: int) -> Measurement:
    return replace(one, rounds=(tuple(0.01 + index / 1e6 for index in range(count)),))


@pytest.mark.parametrize(
    "weight",
    [
        replace(FOUND, missing=("apt: no mirror answered",)),
        replace(
            FOUND, parts=(*FOUND.parts, Part(name="x", group="app", pulled_bytes=None, unpacked_bytes=1, known="built"))
        ),
    ],
    ids=["not all weighed", "not all pulled sizes known"],
)
def test_what_is_only_partly_known_is_a_lower_bound(weight: Weight) -> None:
    figures = by_key(headlines(replace(small(), weights=(weight,))))
    assert figures["original: image, pulled"].bound == "≥"
    assert figures["change: image, pulled"].bound == "≥"
    assert figures["original: image, unpacked"].bound == ("≥" if weight.missing else "")


def test_without_a_proof_the_winner_is_held_against_the_original_among_the_candidates() -> None:
    figures = by_key(headlines(facts.without_image()))
    assert figures["change: latency"].raw == "measurements[0].rounds, measurements[2].rounds"
    assert "now: image, unpacked" not in figures


def test_what_was_kept_has_no_change() -> None:
    assert not [one for one in headlines(facts.nothing_better()) if one.subject in ("now", "change")]


@pytest.mark.parametrize("name", facts.ALL)
def test_no_two_headlines_of_a_report_have_one_key(name: str) -> None:
    keys = [headline.key for headline in headlines(facts.ALL[name]())]
    assert len(keys) == len(set(keys))


def test_sides_that_cannot_be_paired_have_no_change_in_latency_and_no_loss() -> None:
    short = replace(NOW, rounds=NOW.rounds[:2], errors=NOW.errors[:3], units=NOW.units[:3])
    figures = by_key(headlines(replace(small(), proof=(ORIGINAL, short))))
    assert not {"change: latency", "change: loss"} & set(figures)


def test_a_headline_of_nothing_is_left_out_rather_than_divided_by() -> None:
    empty = replace(NOW, model_bytes=0, peak_memory_bytes=(0,), rounds=())
    figures: dict[str, Headline] = by_key(headlines(replace(small(), proof=(ORIGINAL, empty))))
    assert not {"change: model", "change: peak memory", "change: latency"} & set(figures)
