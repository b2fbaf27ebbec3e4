"""More copies of the model than the memory holds."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from ...records import FixClass
from ..builds import Build
from ..found import Found
from ..project import Project
from ..rule import Example
from ..starts import start_of
from ..stated_limits import stated_limit
from ..weights import is_weights

CODE = "R04"
NAME = "workers"
SUMMARY = "the workers' copies of the model do not fit into the memory that the service may have"
WHY = """\
Every worker process loads the model for itself. Two workers over the limit and the kernel ends one of them, again and
again, in the middle of a request.

It multiplies the workers of the start with the weights in the image, as large as the files are, and compares with the
memory that the folder states (`[limits] memory_mb` in `jettison.toml`). Libraries and requests come on top, so what it
says is the least; without a stated limit, and with `--preload`, it says nothing."""
FIX: FixClass = "suggest"
ALSO = ()
SOURCES = ("gunicorn, design: every worker is a process of its own",)
EXAMPLES = (
    Example(
        bad={
            "Dockerfile": 'FROM python:3.12-slim\nCOPY . /app\nCMD ["gunicorn", "-w", "4", "-b", ":80", "web:app"]\n',
            "jettison.toml": "[limits]\nmemory_mb = 2000\n",
        },
        good={
            "Dockerfile": 'FROM python:3.12-slim\nCOPY . /app\nCMD ["gunicorn", "-w", "2", "-b", ":80", "web:app"]\n',
            "jettison.toml": "[limits]\nmemory_mb = 2000\n",
        },
        sizes={"model/model.safetensors": 600_000_000},
    ),
    Example(
        title="in pyproject.toml; and a stated memory that is enough",
        bad={
            "Dockerfile": "FROM python:3.12-slim\nCOPY . /app\nENV WEB_CONCURRENCY=8\nCMD uvicorn web:app\n",
            "pyproject.toml": "[tool.jettison.limits]\nmemory_mb = 1000\n",
        },
        good={
            "Dockerfile": "FROM python:3.12-slim\nCOPY . /app\nENV WEB_CONCURRENCY=8\nCMD uvicorn web:app\n",
            "pyproject.toml": "[tool.jettison.limits]\nmemory_mb = 4000\n",
        },
        sizes={"model.onnx": 200_000_000},
    ),
)


def findings(project: Project) -> Iterator[Found]:
    """Every start with several workers, where a limit is stated."""
    limit = stated_limit(project, "memory_mb") * 1_000_000
    for build in project.builds if limit else ():
        start = start_of(project, build)
        if start is None or start.call is None or start.call.workers < 2 or "--preload" in start.argv:
            continue
        size = _model_bytes(build)
        workers = start.call.workers
        if size and size * workers > limit:
            instruction = start.line.instruction
            yield Found(
                file=build.path,
                start=instruction.start,
                end=instruction.end,
                message=f"{workers} workers with {size / 1e6:,.0f} MB of weights each need "
                f"{size * workers / 1e6:,.0f} MB at least, and {limit / 1e6:,.0f} MB are stated",
                advice=f"start {max(int(limit // size) - 1, 1)}, or load the model before forking (--preload)",
            )


def _model_bytes(build: Build) -> int:
    """Of the largest weights in the image; of several forms in one folder only one is loaded."""
    by_folder: dict[str, list[int]] = {}
    for landing in build.landings.final:
        if is_weights(landing.target):
            by_folder.setdefault(posixpath.dirname(landing.target), []).append(landing.size_bytes)
    return max((max(sizes) for sizes in by_folder.values()), default=0)
