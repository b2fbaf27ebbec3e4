"""Lint of Dockerfiles that nobody wrote, and of a thousand that people do: does it hold, and how long does it take."""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .dated import ROOT

CORPUS = ROOT / "tests" / "lint" / "corpus"
GENERATED = 10_000
FILES = 1_000
ROUNDS = 3


def generated(count: int = GENERATED) -> dict[str, Any]:
    """So many generated folders linted, fixed, and fixed again; raises where one of them does not hold."""
    from hypothesis import HealthCheck, given, seed, settings

    from tests.lint.generated import dockerfiles, requirements
    from tests.lint.test_generated import holds

    said: Counter[str] = Counter()

    @seed(count)
    @settings(max_examples=count, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(dockerfiles(), requirements)
    def tried(data: bytes, packages: str) -> None:
        said["tried"] += 1
        said["parsed" if holds(data, packages) else "refused"] += 1
        said["lines"] += data.count(b"\n")

    started = time.monotonic()
    tried()
    return {**said, "exceptions": 0, "seconds": time.monotonic() - started}


def speed(count: int = FILES) -> dict[str, Any]:
    """Processor seconds for so many folders: reading, all rules, comments, places; the fastest of some rounds."""
    from jettison.lint import findings, project
    from jettison.lint.rules import RULES

    with tempfile.TemporaryDirectory() as place:
        folders = list(_folders(Path(place), count))
        lines = sum(len(each.read_bytes().splitlines()) for each in Path(place).glob("*/**/Dockerfile*"))
        rounds: list[float] = []
        for _ in range(ROUNDS):
            started = time.process_time()
            found = sum(len(findings(project(each))) for each in folders)
            rounds.append(time.process_time() - started)
        started = time.process_time()
        projects = [project(each) for each in folders]
        reading = time.process_time() - started
        for each in projects:  # what rules share is not of the first that asks for it
            for build in each.builds:
                _ = build.lines, build.installs, build.landings
        by_rule = {rule.CODE: _seconds(rule, projects) for rule in RULES}
    return {
        "dockerfiles": count,
        "lines": lines,
        "findings": found,
        "rules": len(RULES),
        "seconds": min(rounds),
        "median_seconds": statistics.median(rounds),
        "reading_seconds": reading,
        "slowest_rules_seconds": dict(sorted(by_rule.items(), key=lambda each: -each[1])[:10]),
        "rules_seconds": sum(by_rule.values()),
    }


def _seconds(rule: Any, projects: list[Any]) -> float:
    started = time.process_time()
    for each in projects:
        for _ in rule.findings(each):
            pass
    return time.process_time() - started


def _folders(place: Path, count: int) -> Iterator[Path]:
    """Copies of the corpus until there are so many Dockerfiles that parse."""
    broken = ("broken", "empty", "comments_only")
    services = sorted(each for each in CORPUS.iterdir() if each.is_dir() and not each.name.startswith(broken))
    for number in range(count):
        at = place / f"{number:04}"
        source = services[number % len(services)]
        shutil.copytree(source, at)
        for extra in at.glob("Dockerfile.*"):  # one a folder, so that the count is right
            extra.unlink()
        yield at
