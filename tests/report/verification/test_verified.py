from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import pytest

from jettison.errors import ReportUnreadable
from jettison.report import verified
from jettison.report.formats.json import read

from .forging import Tree, forge, proof, put


def test_a_folder_without_a_report_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReportUnreadable, match=r"report\.json cannot be read: No such file"):
        verified(tmp_path)


def test_a_report_whose_figures_no_run_can_give_is_refused(out: Path) -> None:
    forge(out, lambda tree: put(proof(tree, 1), "rounds", [[1e308, 1e308]] * 12), careful=False)
    with pytest.raises(ReportUnreadable, match="no run can give"):
        verified(out)


VALUES: tuple[Any, ...] = (
    0,
    -1,
    0.5,
    1e300,
    -1e-300,
    10**18,
    "",
    "x" * 300,
    "\x00",
    [],
    {},
    None,
    True,
    [0],
    "original",
    "image",
)


@pytest.mark.parametrize("seed", range(25))
def test_a_report_with_anything_anywhere_is_judged_or_refused_and_never_crashes(seed: int, out: Path) -> None:
    random = Random(seed)

    def spoil(tree: Tree) -> None:
        for _ in range(random.randint(1, 4)):
            place: Any = tree["report"]
            while True:
                key = random.choice(list(place) if isinstance(place, dict) else range(len(place)))
                if not isinstance(place[key], dict | list) or not place[key] or random.random() < 0.2:
                    break
                place = place[key]
            if random.random() < 0.2:
                del place[key]
            else:
                place[key] = random.choice(VALUES)

    before = read((out / "report.json").read_bytes()).report
    forge(out, spoil, careful=False)
    try:
        checked = verified(out)
    except ReportUnreadable as refused:
        assert refused.next_step
    else:
        untouched = read((out / "report.json").read_bytes()).report == before
        assert untouched or any(not one.holds for one in checked)
