"""An app that cannot leave torch: said by line, and carried on with the CPU build of torch."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from jettison.records import Report
from jettison.report.formats.json import read
from tests.pipeline.test_optimize import jettison

pytestmark = [pytest.mark.slow, pytest.mark.online, pytest.mark.timeout(1500)]


@pytest.fixture(scope="module")
def stubborn(pronounce: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example with a line that the adapter does not know, and little to ask."""
    folder = tmp_path_factory.mktemp("stubborn") / "pronounce"
    shutil.copytree(pronounce, folder)
    source = (folder / "app.py").read_text()
    (folder / "app.py").write_text(source.replace("model.eval()", "model.eval()\nmodel.encoder.requires_grad_(False)"))
    for name, count in (("requests.jsonl", 30), ("data/selection.jsonl", 30), ("data/verdict.jsonl", 60)):
        lines = (folder / name).read_text().splitlines()
        (folder / name).write_text("\n".join(lines[:count]) + "\n")
    return folder


def test_the_line_is_named_and_the_image_keeps_torch_and_the_answers(stubborn: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = jettison("optimize", str(stubborn), "--out", str(out))
    assert done.returncode == 4, done.stderr[-3000:]
    report: Report = read((out / "report.json").read_bytes(), where="").report
    assert report.verdict.winner == "original"
    assert report.adaptation is not None
    assert [(each.file, each.line) for each in report.adaptation.refusals] == [("app.py", 16)]
    assert {each.place for each in report.rejected} == {"app.py:16"}
    assert report.image is not None
    assert report.replay is not None
    assert report.replay.differences == ()
    weights = {weight.name: weight.unpacked_bytes for weight in report.weights}
    assert weights["final"] < weights["CPU torch"] / 2
    assert jettison("verify", str(out)).returncode == 0
