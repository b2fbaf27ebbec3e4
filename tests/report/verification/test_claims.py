"""Every forgery of the report is caught and named, even when its digest and its page are set right again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from jettison.report import documents, verified

from .. import facts
from .forging import Tree, add, broken, forge, proof, put, stated


def test_a_clean_folder_holds_in_every_claim(out: Path) -> None:
    checked = verified(out)
    assert [one for one in checked if not one.holds] == []
    claims = [one.claim for one in checked]
    assert len(claims) == len(set(claims)) > 200
    for expected in (
        "report.json: digest of its content",
        "change: latency",
        "change: loss",
        "step CPU torch: image, unpacked",
        "candidate int4-blocks: loss of token_error_rate at most 0.5 points",
        "final: speed",
        "verdict: int8-blocks",
        "report.html: now: peak memory",
        "report.html: the whole page",
        "file adapt.diff",
        "model int8-blocks: weights.bin",
        "image layer libraries: unpacked",
    ):
        assert expected in claims


@pytest.mark.parametrize("name", facts.ALL)
def test_every_way_in_which_a_run_can_end_holds_without_its_files(name: str, tmp_path: Path) -> None:
    for file, data in documents(facts.ALL[name]()):
        (tmp_path / file).write_bytes(data)
    assert [claim for claim in broken(tmp_path) if not claim.startswith("image")] == []


FORGERIES: dict[str, tuple[Callable[[Tree], object], set[str]]] = {
    "a headline made nicer": (
        lambda tree: put(stated(tree, "now: peak memory"), "value", 90e6),
        {"now: peak memory"},
    ),
    "a headline made nicer in its tenth digit": (
        lambda tree: add(stated(tree, "change: latency"), "value", 1e-7),
        {"change: latency"},
    ),
    "the interval of a headline narrowed": (
        lambda tree: put(stated(tree, "change: latency")["interval"], "low", 11.0),
        {"change: latency"},
    ),
    "a lower bound passed off as the value": (
        lambda tree: put(stated(tree, "original: image, unpacked"), "bound", ""),
        {"original: image, unpacked"},
    ),
    "a headline left out": (
        lambda tree: tree["headlines"].remove(stated(tree, "change: loss")),
        {"change: loss"},
    ),
    "a headline that nothing gives": (
        lambda tree: tree["headlines"].append({**stated(tree, "now: p99 latency"), "name": "p99.9 latency"}),
        {"now: p99.9 latency"},
    ),
    "one latency sample left out": (
        lambda tree: proof(tree, 1)["rounds"][3].pop(),
        {"now: median latency", "change: latency"},
    ),
    "a whole round left out on one side": (
        lambda tree: proof(tree, 1)["rounds"].pop(),
        {"change: latency", "final: interleaved rounds"},
    ),
    "a labelled item left out on one side": (
        lambda tree: [proof(tree, 1)["errors"].pop(), proof(tree, 1)["units"].pop()],
        {"change: loss", "final: labelled items", "now: error rate"},
    ),
    "a labelled item left out on both sides": (
        lambda tree: [proof(tree, side)[field].pop() for side in (0, 1) for field in ("errors", "units")],
        {"change: loss", "final: loss of token_error_rate at most 0.5 points"},
    ),
    "an error forgiven": (
        lambda tree: (
            put(proof(tree, 1), "errors", [0.0, *proof(tree, 1)["errors"][1:]])
            if proof(tree, 1)["errors"][0]
            else put(proof(tree, 1), "errors", [1.0, *proof(tree, 1)["errors"][1:]])
        ),
        {"change: loss", "now: error rate", "final: loss of token_error_rate at most 0.5 points"},
    ),
    "a memory peak left out": (
        lambda tree: proof(tree, 1)["peak_memory_bytes"].remove(max(proof(tree, 1)["peak_memory_bytes"])),
        {"now: peak memory", "change: peak memory"},
    ),
    "a cold start made shorter": (
        lambda tree: put(proof(tree, 1), "cold_start_seconds", [0.1, 0.2, 0.3]),
        {"now: cold start", "change: cold start"},
    ),
    "a bound of the verdict narrowed": (
        lambda tree: put(tree["report"]["final"]["judgements"][0]["interval"], "high", 0.01),
        {"final: loss of token_error_rate at most 0.5 points"},
    ),
    "a refuted candidate called proved": (
        lambda tree: put(tree["report"]["verdict"]["scores"][3]["judgements"][0], "ruling", "proved"),
        {"candidate int4-blocks: loss of token_error_rate at most 0.5 points"},
    ),
    "a refuted candidate put among the admitted": (
        lambda tree: tree["report"]["verdict"]["order"].append("int4-blocks"),
        {"verdict: int4-blocks"},
    ),
    "a limit that was asked for left unjudged": (
        lambda tree: tree["report"]["final"]["judgements"].clear(),
        {"final: loss of token_error_rate at most 0.5 points"},
    ),
    "a limit made wider after the run": (
        lambda tree: put(tree["report"]["deployment"]["limits"], "loss_points", 5.0),
        {
            "final: loss of token_error_rate at most 0.5 points",
            "final: loss of token_error_rate at most 5 points",
            "candidate int4-blocks: loss of token_error_rate at most 5 points",
        },
    ),
    "a speed-up of a candidate made larger": (
        lambda tree: put(tree["report"]["verdict"]["scores"][0]["speed"], "estimate", 20.0),
        {"candidate fp32: speed"},
    ),
    "the samples of a candidate left out": (
        lambda tree: tree["report"]["measurements"].pop(),
        {"candidate int4-blocks: measured", "candidate int4-blocks: model"},
    ),
    "a part of the image as found made larger": (
        lambda tree: add(tree["report"]["weights"][0]["parts"][0], "unpacked_bytes", 5),
        {"original: image, unpacked", "step as found: image, unpacked", "change: image, unpacked"},
    ),
    "a layer made smaller": (
        lambda tree: add(tree["report"]["image"]["layers"][1], "unpacked_bytes", -512),
        {"now: image, unpacked", "image layer libraries: unpacked", "step final: sum of the image's layers, unpacked"},
    ),
    "a model made smaller": (
        lambda tree: put(proof(tree, 1), "model_bytes", 1000),
        {"now: model", "change: model", "int8-blocks (image): bytes of the model"},
    ),
    "a difference of the replay left out": (
        lambda tree: tree["report"]["replay"]["differences"].pop(),
        {"now: answers equal", "replay: differences"},
    ),
    "a difference of the replay told twice": (
        lambda tree: tree["report"]["replay"]["differences"].append(tree["report"]["replay"]["differences"][0]),
        {"replay: differences"},
    ),
    "a difference called one of the original's own": (
        lambda tree: [
            replayed(tree).update(unstable=[118], otherwise=[replayed(tree)["expected"][118]]),
            replayed(tree)["differences"].pop(0),
        ],
        {"replay: differences", "replay: requests not compared"},
    ),
    "scores allowed to lie further apart than the settings say": (
        lambda tree: replayed(tree).update(scores_within=0.5),
        {"replay: scores may lie apart by"},
    ),
    "a request that was answered differently left out": (
        lambda tree: [replayed(tree)["expected"].pop(402), replayed(tree)["got"].pop(402)],
        {"replay: answers of both sides"},
    ),
    "an answer made equal": (
        lambda tree: put(replayed(tree)["got"], 118, replayed(tree)["expected"][118]),
        {"replay: differences"},
    ),
}


def replayed(tree: Tree) -> Tree:
    found: Tree = tree["report"]["replay"]
    return found


def test_no_differences_in_a_report_whose_answers_differ_are_found(out: Path) -> None:
    def forget(tree: Tree) -> None:
        replayed(tree)["differences"] = []
        for key in ("now: answers equal",):
            stated(tree, key)["value"] = 600

    forge(out, forget)
    assert broken(out) == ["replay: differences"]


def test_without_labels_the_answers_that_are_counted_are_those_of_the_replay(tmp_path: Path) -> None:
    for file, data in documents(facts.without_labels()):
        (tmp_path / file).write_bytes(data)
    forge(tmp_path, lambda tree: put(proof(tree, 1), "outputs", proof(tree, 0)["outputs"]))
    assert "int8-blocks (image): answers that are counted" in broken(tmp_path)


@pytest.mark.parametrize("fault", FORGERIES)
def test_a_forgery_is_caught_and_named_even_when_digest_and_page_are_set_right(fault: str, out: Path) -> None:
    change, named = FORGERIES[fault]
    forge(out, lambda tree: (change(tree), None)[1])
    assert named <= set(broken(out))


def test_any_change_of_the_raw_data_breaks_the_digest(out: Path) -> None:
    forge(out, lambda tree: put(proof(tree, 1)["environment"], "python", "3.12.0"), careful=False)
    assert broken(out)[0] == "report.json: digest of its content"


def test_figures_in_the_sentence_of_the_verdict_are_those_of_its_candidate(out: Path) -> None:
    def say(speed: str, size: str) -> list[str]:
        reason = f"int8-blocks: {speed} times the speed of the original, {size} MB; next: fp32"
        forge(out, lambda tree: put(tree["report"]["verdict"], "reason", reason))
        return broken(out)

    assert say("11.1", "0.0") == []
    assert say("12.1", "0.0") == ["verdict: speed in its reason"]
    assert say("11.1", "2.9") == ["verdict: model in its reason"]
