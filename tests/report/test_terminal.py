from __future__ import annotations

import re
from dataclasses import replace

import pytest
from rich.console import Console

from jettison.records import Checked, Difference, Finding, FleetCheck, Report, Saving
from jettison.report import headlines
from jettison.report.formats.terminal import checks, render
from jettison.report.headlines import known
from jettison.report.sentences import by_key, closing_line

from . import facts

FULL = """\
image       unpacked                                               pulled  known
as found   ≥ 9.11 GB  ██████████████████████████████            ≥ 5.83 GB  weighed, table
CPU torch    2.09 GB  ███████                         −7.01 GB   ≥ 641 MB  weighed, table
ONNX         2.15 GB  ███████                         +54.7 MB   ≥ 658 MB  weighed, table
quantized    2.14 GB  ███████                         −7.96 MB   ≥ 651 MB  weighed, table
no torch     1.34 GB  ████                             −802 MB   ≥ 441 MB  table, weighed
final         131 MB  ▏                               −1.21 GB    43.0 MB  built

candidate        model  latency                faster   memory   start  loss, points  at most
original       11.9 MB  91.7 ms                         516 MB  7.91 s
fp32           11.9 MB  11.9 ms  7.74× (7.34 to 8.00)   114 MB  630 ms             0  ≤ 0.299  place 3
int8-blocks    3.91 MB  8.29 ms  11.1× (10.7 to 11.4)   101 MB  590 ms        0.0800  ≤ 0.380  chosen
int8-channels  3.66 MB  9.02 ms  10.2× (9.85 to 10.4)   103 MB  620 ms         0.260  ≤ 0.599  place 2
int4-blocks    2.64 MB  7.92 ms  11.3× (11.2 to 12.1)  98.4 MB  580 ms          1.94   ≤ 2.42  no

not counted   build-essential: the mirror did not answer, so its 73 packages are not counted.
does not fit  openvino: the runtime is not installed on this machine
does not fit  torch.compile: needs a C++ compiler in the image Dockerfile:4
differs       request 118: {"word":"kronor"} phonemes K R [OW → AA] N ER
differs       request 402: {"word":"scioscia"} phonemes S IY OW [S IY → SH] AH
next          Push the image: `skopeo copy oci:image docker://registry.example/pronounce`.
next          Start gunicorn with one worker a core: the image answers from one thread.

Proved. int8-blocks ships: the fastest of the candidates that hold every limit. Loss of token_error_rate
at most 0.5 points: proved (0.100 points, at most 0.400 points at 95 % confidence, 1,000 samples).
pronounce: ≥ 9.11 GB → 131 MB (≥ 69.7× smaller), 11.1× faster, 5.10× less memory; answers equal on 598 of
600 requests, loss ≤ 0.400 points (95 %)
"""


def drawn(renderable: object, width: int = 106) -> str:
    console = Console(width=width, color_system=None, force_terminal=False)
    with console.capture() as capture:
        console.print(renderable)
    return "".join(f"{line.rstrip()}\n" for line in capture.get().splitlines())


def test_the_whole_report_of_a_good_run() -> None:
    assert drawn(render(facts.full())) == FULL


@pytest.mark.parametrize("name", facts.ALL)
def test_no_row_of_a_table_is_broken_or_cut_at_80_columns(name: str) -> None:
    report = facts.ALL[name]()
    said = drawn(render(report), width=80)
    assert all(len(line) <= 80 for line in said.splitlines())
    for weight in report.weights:
        ways = ", ".join(known(weight))
        assert re.search(rf"^{re.escape(weight.name)} .*{ways}$", said, re.MULTILINE)
    for candidate in report.candidates:
        assert re.search(rf"^{re.escape(candidate.name)}( |$)", said, re.MULTILINE)


def test_what_speaks_against_a_candidate_is_said() -> None:
    full = facts.full()
    last = replace(full.verdict.scores[-1], objection="slower than the original")
    made = replace(full, verdict=replace(full.verdict, scores=(*full.verdict.scores[:-1], last)))
    assert re.search(rf"^not chosen +{last.candidate}: slower than the original$", drawn(render(made)), re.MULTILINE)


def test_without_labels_changed_answers_are_called_that_and_no_loss() -> None:
    said = drawn(render(facts.without_labels()), width=120)
    table = said[said.index("candidate  ") : said.index("not counted")]
    assert re.search(r"start  answers changed +at most\n", table)
    assert re.search(r"^int8-blocks .* 590 ms +0\.333 % +≤ [\d.]+ %  chosen$", table, re.MULTILINE)
    narrow = drawn(render(facts.without_labels()), width=80)
    assert re.search(r"memory +start +changed\n", narrow)
    assert "loss" not in said.lower() + narrow.lower()


@pytest.mark.parametrize("name", facts.ALL)
def test_the_closing_line_is_the_last_thing_said(name: str) -> None:
    report = facts.ALL[name]()
    said = drawn(render(report), width=400).splitlines()
    assert said[-1] == closing_line(report, by_key(headlines(report)))


def with_differences(count: int) -> Report:
    differences = tuple(
        Difference(index=index, request=f"GET /{index}", expected="a", got="b") for index in range(count)
    )
    return replace(facts.full(), replay=replace(facts.REPLAY, differences=differences))


def test_more_than_five_differences_are_counted_and_said_to_be_on_the_page() -> None:
    said = drawn(render(with_differences(7)))
    assert len(re.findall(r"^differs +request \d", said, re.MULTILINE)) == 5
    assert re.search(r"^differs +and 2 more: all of them are in report.html$", said, re.MULTILINE)
    assert "more: all" not in drawn(render(with_differences(5)))


def test_what_is_known_of_the_winner_on_other_cpus_is_said() -> None:
    full = facts.full()
    check = FleetCheck(cpu="avx2", holds=True, inputs=4, sums=1000, saturated=10, layers=(("t95", 0.02),), moved=0.639)
    made = replace(full, candidates=tuple(replace(each, fleet=(check,)) for each in full.candidates))
    said = drawn(render(made), width=400)
    assert said.count("on avx2") == 1
    assert "10 of 1,000 sums of two 8-bit products over 4 inputs do not fit 16 bits (most of them: t95 2.00%)" in said
    assert "on avx2" not in drawn(render(full))


def test_foreign_text_cannot_style_or_move_the_terminal() -> None:
    full = facts.full()
    hostile = "\x1b[2J[bold red]x[/bold red]\r"
    made = replace(
        full,
        deployment=replace(full.deployment, name=hostile),
        advice=(hostile,),
        rejected=(replace(full.rejected[0], name=hostile, reason=hostile),),
        replay=replace(facts.REPLAY, differences=(Difference(index=0, request=hostile, expected=hostile, got=""),)),
    )
    said = drawn(render(made), width=400)
    assert "\x1b" not in said
    assert "\\x1b[2J[bold red]x[/bold red]\\x0d" in said


def test_checks_that_hold_are_counted_and_those_that_do_not_are_named() -> None:
    right = Checked(claim="now: model", stated="1", found="1", holds=True)
    wrong = Checked(claim="now: peak memory", stated="90 MB", found="101 MB", holds=False)
    assert drawn(checks([right, right])) == "All 2 claims hold.\n"
    assert drawn(checks([right, wrong])) == (
        "claim             stated  found\nnow: peak memory  90 MB   101 MB\n1 of 2 claims do not hold.\n"
    )


def test_what_the_sources_cost_is_named_the_dearest_first_and_no_more_than_three() -> None:
    def found(line: int, size: int | None) -> Finding:
        return Finding(
            code="L01",
            name="pip-cache",
            file="Dockerfile",
            line=line,
            last_line=line,
            column=1,
            message="pip keeps its cache",
            advice="",
            fix="safe",
            saving=None if size is None else Saving(size_bytes=size, known="weighed", source="wheels"),
        )

    report = replace(facts.full(), findings=(found(1, None), found(2, 5_000_000), found(3, 1_200_000_000), found(4, 0)))
    rows = [line for line in drawn(render(report)).splitlines() if line.startswith("in sources")]
    assert rows == [
        "in sources    Dockerfile:3: L01 pip keeps its cache (1.20 GB weighed)",
        "in sources    Dockerfile:2: L01 pip keeps its cache (5.00 MB weighed)",
        "in sources    Dockerfile:1: L01 pip keeps its cache",
    ]
