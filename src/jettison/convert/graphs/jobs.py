"""Jobs on a graph that nobody vouches for, each in a limited child process (`workshop`).

A job that is finished is kept by the digest of what went into it, so that a run that was stopped goes on.
"""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jettison.records import Steps
from jettison.sandbox.limited import Limits, own_code, ran
from jettison.workspace import Workspace, code_digest, digest, file_digest

from .reading import GraphFile

Job = dict[str, Any]
_PATIENCE_SECONDS, _PATIENCE_A_ROW_SECONDS = 600.0, 5.0


class Refused(Exception):
    """A job that failed, or a form that may not go on; with the reason."""


@dataclass(frozen=True, kw_only=True)
class Jobs:
    """What can be done with one graph and its samples."""

    graph: GraphFile
    samples: Path
    """A folder of the cache."""
    workspace: Workspace

    def done(self, do: str, facts: Job, *, slow_rows: int = 0) -> Steps[Path]:
        """The finished folder of one job, done once.

        :param do: one of the workshop's jobs.
        :param slow_rows: samples that may take seconds each.
        :raises Refused: it failed.
        """
        key = digest(self.graph.digest, self.samples.name, do, _by_content(facts), code_digest())
        job = {
            "do": do,
            "samples": str(self.samples),
            "inputs": [[each.name, each.dtype, list(each.shape)] for each in self.graph.inputs],
            **facts,
        }
        limits = Limits(seconds=_PATIENCE_SECONDS + _PATIENCE_A_ROW_SECONDS * slow_rows)
        return (yield from self.workspace.folder(f"graph-{do}", key, lambda into: self._fill(into, job, limits)))

    def _fill(self, into: Path, job: Job, limits: Limits) -> Steps[None]:
        place = into / "job"
        place.mkdir()
        (place / "job.json").write_text(json.dumps({**job, "into": str(into)}), encoding="utf-8")
        ended = yield from ran(
            [sys.executable, "-m", "jettison.convert.graphs.workshop", str(place / "job.json")],
            writable=into,
            needed=(self.workspace.root.absolute(), self.graph.path.absolute().parent),
            environment={"PYTHONPATH": own_code(), "PYTHONDONTWRITEBYTECODE": "1"},
            limits=limits,
            code_is_foreign=False,
        )
        if ended.failure:
            raise Refused(ended.failure)
        (place / "result.json").rename(into / "found.json")
        shutil.rmtree(place)


def result(folder: Path) -> Job:
    """What a finished job found."""
    found: Job = json.loads((folder / "found.json").read_text(encoding="utf-8"))
    return found


def _by_content(facts: Job) -> Job:
    """Facts that decide what comes out: a folder of the cache is named by a digest, other files count by content."""
    found = {key: value for key, value in facts.items() if key != "source"}
    for key in ("normal", "ranges", "answers"):
        if key in found:
            found[key] = Path(found[key]).parent.name
    if found.get("reference"):
        found["reference"] = file_digest(Path(found["reference"]))
    return found
