"""A metric of the user's own: a Python function of two texts, run in a limited process and never imported here."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from jettison.errors import SettingsInvalid
from jettison.sandbox import container

_SECONDS = 900
_HOW = "it takes (prediction, target), two texts, and gives back a number from 0 (wrong) to 1 (right)"


def own_scores(name: str, code: str, pairs: Sequence[tuple[str, str]]) -> list[float]:
    """The score of every (prediction, target), each from 0 to 1.

    :param name: ``file.py:function``.
    :param code: the file's content. It runs with this Python, its standard library and numpy, in a read-only root with
        an empty ``/tmp`` and no network, with 2 GB of memory and 15 minutes.
    :raises SettingsInvalid: it fails, takes too long, or gives anything else than a share of 1.
    """
    function = name.rpartition(":")[2]
    with tempfile.TemporaryDirectory(prefix="jettison-metric-") as folder, resources.as_file(_runner()) as runner:
        place = Path(folder) / "metric.py"
        place.write_text(code, encoding="utf-8")
        argv = container.argv(
            Path("/"),
            (sys.executable, "-I", "-B", "/metric/run.py", "/metric/metric.py", function),
            environment={"PATH": "/usr/bin:/bin", "OPENBLAS_NUM_THREADS": "1"},
            mounts=(
                container.Mount(source=place, target="/metric/metric.py"),
                container.Mount(source=runner, target="/metric/run.py"),
            ),
            needed=(Path(sys.prefix),),
            network=False,
        )
        try:
            done = subprocess.run(
                argv, input=json.dumps(pairs), capture_output=True, text=True, timeout=_SECONDS, check=False
            )
        except subprocess.TimeoutExpired as cause:
            raise _wrong(name, f"it took more than {_SECONDS // 60} minutes for {len(pairs):,} items") from cause
    found = [float(line) for line in done.stdout.splitlines()]
    if done.returncode != 0 or len(found) != len(pairs):
        said = (done.stderr.strip().splitlines() or [f"it ended with code {done.returncode}"])[-1]
        raise _wrong(name, f"item {len(found) + 1} of {len(pairs):,}: {said[:300]}")
    for number, score in enumerate(found, 1):
        if not 0 <= score <= 1:  # nor NaN, which is no number from 0 to 1 either
            raise _wrong(name, f"item {number} of {len(pairs):,}: it gave {score:g}")
    return found


def _runner() -> Traversable:
    return resources.files("jettison.measure.metrics") / "run_own.py"


def _wrong(name: str, reason: str) -> SettingsInvalid:
    return SettingsInvalid(
        f"the metric {name} cannot be used: {reason}", where=f"[truth] metric = {name}", next_step=_HOW
    )
