"""A comparison as lines and as a page: the same figures, the same sentences, nothing of a stranger's markup."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rich.console import Console

from jettison.choose import dominations, verdict
from jettison.records import Comparison, Environment, Limits, Measurement, Observations
from jettison.report.compared import page, terminal
from jettison.report.compared.rows import outcome, sentences
from jettison.report.drawings.pareto import Spot, in_cells, pareto
from tests.report import facts

from .pages import parsed

ITEMS = 1000


def model(name: str, *, milliseconds: float, size: int, wrong: int) -> Measurement:
    return Measurement(
        candidate=name,
        level="model",
        environment=Environment(name="test", python="3", packages=()),
        model_bytes=size,
        rounds=((milliseconds / 1000,),) * 7,
        peak_memory_bytes=(size * 2,),
        metric="accuracy",
        errors=(1.0,) * wrong + (0.0,) * (ITEMS - wrong),
        units=(1.0,) * ITEMS,
        outputs=("x",) * ITEMS,
    )


MODELS = (
    model("facenet", milliseconds=29.6, size=94_000_000, wrong=20),
    model("mobile", milliseconds=11.3, size=4_900_000, wrong=20),
    model("heavy <b>", milliseconds=40, size=100_000_000, wrong=21),
)


def comparison(models: tuple[Measurement, ...] = MODELS, limits: Limits | None = None) -> Comparison:
    asked = limits or Limits(loss_points=1.0)
    judged_at = 1 - (1 - asked.confidence) / (len(models) - 1)
    return Comparison(
        jettison="0.1.0",
        started="2026-11-28T12:00:00+00:00",
        host=facts.full().host,
        task="text-classification",
        data="labelled.jsonl",
        metric=models[0].metric,
        limits=asked,
        judged_at=judged_at,
        observations=Observations(measurements=models, replays=(), failed=(("broken", "it does not start"),)),
        verdict=verdict(models, replace(asked, confidence=judged_at), metric=models[0].metric),
        dominated=dominations(models),
        notes=("compared data: 3 of 1,003 lines repeat an earlier one; each counts once",),
    )


def lines(found: Comparison) -> list[str]:
    console = Console(width=200, color_system=None)
    with console.capture() as captured:
        console.print(terminal.render(found))
    return [line.rstrip() for line in captured.get().splitlines()]


def test_the_terminal_shows_plot_table_sentences_and_who_wins() -> None:
    said = lines(comparison())
    assert said[0] == "accuracy ↑"
    plot = said[1:13]
    # The faster one is left of the slower ones; small letters are beaten.
    assert "".join(plot).replace("│", "").replace(" ", "") == "Bac"
    text = "\n".join(said)
    assert "a  facenet    94.0 MB  29.6 ms" in text
    assert "heavy <b> is dominated by mobile: larger, slower and less right" in text
    assert "facenet is dominated by mobile: larger, slower and no more right" in text
    assert "Each model is judged at 97.5 %, so that all of it holds together at 95 %." in text
    assert "broken: it does not start" in text
    assert "lines repeat an earlier one" in text
    assert said[-1] == "mobile is chosen: 2.6 times the speed of the original, 4.9 MB."


def test_the_page_has_the_same_sentences_and_the_plot() -> None:
    found = comparison()
    html = page.render(found)
    document = parsed(html)
    told = [one.text for one in document.all("dd")]
    assert told == [sentence for _, sentence in sentences(found)]
    assert len(document.all("circle")) == 3
    assert [one.text for one in document.all("b")] == ["jettison", "labelled.jsonl"]
    assert document.all("h1")[0].text == "mobile is chosen: 2.6 times the speed of the original, 4.9 MB."
    assert page.render(found) == html


def test_without_right_answers_it_is_called_agreement() -> None:
    agreeing = tuple(replace(one, agreement=True, metric="cosine") for one in MODELS)
    said = "\n".join(lines(comparison(agreeing)))
    assert "agreement with facenet (cosine)" in said
    assert "There are no right answers in labelled.jsonl: what counts is agreement with facenet." in said


def test_error_rates_are_told_as_rates_and_drawn_as_what_is_right() -> None:
    said = lines(comparison(tuple(replace(one, metric="word_error_rate") for one in MODELS)))
    assert said[0] == "1 − word_error_rate ↑"
    assert any("2.00 %" in line for line in said)


@pytest.mark.parametrize(("limits", "code"), [(Limits(loss_points=0.05), "too few"), (Limits(), "")])
def test_too_few_items_are_said(limits: Limits, code: str) -> None:
    found = comparison(MODELS[:2], limits)
    assert bool(found.verdict.needed_items) == bool(code)
    assert code in found.verdict.reason
    assert outcome(found).startswith("facenet stays: there are too few items" if code else "mobile is chosen: ")


def test_spots_that_fall_on_one_cell_stand_beside_each_other() -> None:
    spot = Spot(name="a", seconds=0.01, size_bytes=10, right=0.9, beaten=False)
    drawn = in_cells([spot, spot, replace(spot, beaten=True)], columns=20, rows=4)
    assert "ABc" in "".join(drawn)


def test_a_single_spot_is_drawn() -> None:
    spot = Spot(name="<x>", seconds=0.01, size_bytes=0, right=1.0, beaten=False)
    assert "&lt;x&gt;" in pareto([replace(spot, size_bytes=1)], right="accuracy")
