from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from jettison.records import Report, from_json
from jettison.report import documents, listed

from .. import facts
from .forging import broken, forge, put


@pytest.mark.parametrize(
    ("file", "also"),
    [
        ("adapt.diff", set()),
        ("deployment/app.py", set()),
        ("deployment/model/weights.bin", {"model int8-blocks: weights.bin"}),
        ("deployment/model/manifest.json", {"model int8-blocks: manifest"}),
    ],
)
def test_a_changed_and_a_missing_file_are_named(file: str, also: set[str], out: Path) -> None:
    path = out / file
    path.write_bytes(path.read_bytes() + b" ")
    assert set(broken(out)) == {f"file {file}", *also}
    path.unlink()
    assert set(broken(out)) == {f"file {file}", *also}


def test_a_file_that_is_not_listed_is_named(out: Path) -> None:
    (out / "deployment" / "sitecustomize.py").write_text("import os\n")
    assert broken(out) == ["file deployment/sitecustomize.py"]


def test_a_file_replaced_by_a_link_is_named(out: Path) -> None:
    path = out / "adapt.diff"
    path.rename(out.parent / "elsewhere")
    path.symlink_to(out.parent / "elsewhere")
    assert broken(out) == ["file adapt.diff"]


def test_the_list_of_files_is_every_file_but_the_report_itself(out: Path) -> None:
    report = from_json(json.dumps(json.loads((out / "report.json").read_bytes())["report"]).encode(), Report)
    assert listed(out) == report.files


def test_a_report_that_lists_no_files_leaves_those_that_lie_there_unlisted(out: Path) -> None:
    forge(out, lambda tree: put(tree["report"], "files", []))
    assert "file adapt.diff" in broken(out)


def test_a_coarse_answer_ships_no_model_and_holds(tmp_path: Path) -> None:
    (tmp_path / "adapt.diff").write_text(facts.ADAPTATION.diff)
    report = replace(facts.without_image(), adaptation=facts.ADAPTATION, files=listed(tmp_path))
    for name, data in documents(report):
        (tmp_path / name).write_bytes(data)
    assert broken(tmp_path) == []


def test_a_diff_that_the_report_shows_otherwise_is_named(out: Path) -> None:
    forge(out, lambda tree: put(tree["report"]["adaptation"], "diff", "-torch"))
    assert broken(out) == ["adapt.diff: as the report shows it"]
