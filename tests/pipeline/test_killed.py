"""Killed with -9 at any moment: finished steps are found again, nothing half-written stands, the result is the same."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from jettison.records import Report
from jettison.report.formats.json import read
from jettison.workspace import cache_root
from tests.pipeline.test_optimize import jettison

pytestmark = [pytest.mark.slow, pytest.mark.online, pytest.mark.timeout(1500)]

KILLS = int(os.environ.get("JETTISON_TEST_KILLS", "1"))
"""Ten in `make evidence`, of whole runs; one of a coarse run, without an image, takes long enough for every day."""
FLAGS = () if KILLS > 1 else ("--quick",)
ENDS = (0,) if KILLS > 1 else (0, 3)
"""A coarse run may be too coarse to decide."""


@pytest.fixture
def small(pronounce: Path, tmp_path: Path) -> Path:
    """The example with little to ask."""
    folder = tmp_path / "pronounce"
    shutil.copytree(pronounce, folder)
    for name, count in (("requests.jsonl", 40), ("data/selection.jsonl", 40), ("data/verdict.jsonl", 100)):
        lines = (folder / name).read_text().splitlines()
        (folder / name).write_text("\n".join(lines[:count]) + "\n")
    toml = (folder / "jettison.toml").read_text()
    (folder / "jettison.toml").write_text(toml.replace("loss_points = 0.5", "loss_points = 5.0"))
    return folder


def test_killed_at_random_moments_it_resumes_and_ends_with_the_same_result(small: Path, tmp_path: Path) -> None:
    reference = tmp_path / "reference"
    assert jettison("optimize", str(small), *FLAGS, "--out", str(reference)).returncode in ENDS
    expected = read((reference / "report.json").read_bytes(), where="").report
    cache = tmp_path / "cache"
    # Environments and downloads are kept: to fetch them again ten times would test the index, not us.
    cache.mkdir()
    for kind in ("uv", "environments", "wheels", "debian-lists", "debs", "libraries"):
        if (cache_root() / kind).is_dir():
            subprocess.run(["cp", "-a", "--link", str(cache_root() / kind), str(cache)], check=True)
    environment = {**os.environ, "JETTISON_CACHE": str(cache)}
    command = [sys.executable, "-m", "jettison", "optimize", str(small), *FLAGS, "--out", str(tmp_path / "out")]
    rng = random.Random(int(os.environ.get("JETTISON_TEST_SEED", "0")))
    steps_seen: set[str] = set()
    for _ in range(KILLS):
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        time.sleep(rng.uniform(2, 45 if KILLS > 1 else 20))
        process.send_signal(signal.SIGKILL)
        _, errors = process.communicate()
        steps_seen |= {line.split()[2].rstrip(":") for line in errors.splitlines() if " s  " in line}
        _check_whole(tmp_path / "out", cache)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode in ENDS, done.stderr[-3000:]
    report = read((tmp_path / "out" / "report.json").read_bytes(), where="").report
    assert report.verdict.order, "nothing was measured"
    assert (report.image is None) == (expected.image is None) == bool(FLAGS)
    if report.verdict.winner == expected.verdict.winner:  # two measurements may rank equals differently
        assert digest_of(report) == digest_of(expected)
    assert jettison("verify", str(tmp_path / "out")).returncode == 0
    assert not list(tmp_path.glob(".out*"))
    assert steps_seen


def digest_of(report: Report) -> str | None:
    return report.image.digest if report.image else None


def _check_whole(out: Path, cache: Path) -> None:
    """No result stands half-made under its final name."""
    if out.exists():
        assert (out / "report.json").is_file()
        assert (out / ".jettison").is_file()
    for manifest in cache.glob("models/[!.]*"):
        assert (manifest / "manifest.json").is_file()
    for image in cache.glob("images/[!.]*"):
        assert (image / "oci" / "index.json").is_file()
    for record in (*cache.glob("observations/*.json"), *cache.glob("conversions/*.json")):
        assert record.read_bytes().endswith(b"}")
