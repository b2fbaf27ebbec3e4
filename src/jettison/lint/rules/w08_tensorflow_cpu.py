"""tensorflow, which comes with its GPU kernels, in a service without a GPU."""

from __future__ import annotations

from collections.abc import Iterator

from ...records import FixClass
from ..found import Found
from ..project import Project
from ..rule import Example
from ..savings import of_lighter
from ..variants import asked_for, exists, lock_requires

CODE = "W08"
NAME = "tensorflow-cpu"
SUMMARY = "tensorflow is installed with its GPU kernels, in a service that runs without a GPU"
WHY = """\
`tensorflow` for Linux carries the kernels for GPUs; `tensorflow-cpu` is the same release without them, and a fraction of its
size. Code imports it by the same name. The fix changes the name and keeps the version; `tensorflow[and-cuda]` loses its extra.

It leaves alone: other processors than x86-64 (there is no wheel), versions that `tensorflow-cpu` does not have, files with
hashes, and services in which another package requires `tensorflow` by name, since both would be installed."""
FIX: FixClass = "verify"
ALSO = ()
SOURCES = (
    "NatLibFi/Annif, pull request 408: 1.4 GB became 2.4 GB with the wheel for GPUs",
    "optuna/optuna-examples, pull request 260: wheels of 589.8 MB and 214.1 MB",
)
_FIRST, _LAST = "2.2.0", "2.21.0"  # tensorflow-cpu has what tensorflow has, from and up to these (2026-11)
_REQUIRE_IT = frozenset(
    ("tensorflow-text", "tf-keras", "tensorflow-hub", "tensorflow-decision-forests", "tensorflow-serving-api", "spleeter", "keras-hub",
     "keras-nlp", "tensorflow-recommenders", "tensorflow-gpu")
)  # fmt: skip
"""Packages that require tensorflow by name (2026-11, resolved with uv)."""
_MAC_OR_ARM = ("arm", "aarch64")
EXAMPLES = (
    Example(
        bad={"requirements.txt": "flask\ntensorflow==2.16.1 # the model\nnumpy<2\n"},
        good={"requirements.txt": "flask\ntensorflow-cpu==2.16.1 # the model\nnumpy<2\n"},
    ),
    Example(
        title="packages in a RUN, with an extra; another processor",
        bad={
            "Dockerfile": "FROM python:3.12-slim\nRUN pip install flask \\\n    'tensorflow[and-cuda]>=2.15' && \\\n    true\n"
        },
        good={"Dockerfile": "FROM --platform=linux/arm64 python:3.12-slim\nRUN pip install tensorflow\n"},
        fixed={
            "Dockerfile": "FROM python:3.12-slim\nRUN pip install flask \\\n    'tensorflow-cpu>=2.15' && \\\n    true\n"
        },
    ),
    Example(
        title="a project of Poetry",
        bad={"pyproject.toml": '[tool.poetry.dependencies]\ntensorflow = "^2.15"\n'},
        good={"pyproject.toml": '[tool.poetry.dependencies]\ntensorflow-cpu = "^2.15"\n'},
    ),
)


def findings(project: Project) -> Iterator[Found]:
    """Every place that names it."""
    if not project.on_cpu:
        return
    arm = {
        build.path
        for build in project.builds
        if any(each in (stage.opened.flag("platform") or "") for stage in build.stages for each in _MAC_OR_ARM)
    }
    for each in asked_for(project, ("tensorflow",), "tensorflow-cpu"):
        if arm or "tensorflow-cpu" in each.other_names:
            continue
        needed = sorted(each.other_names & _REQUIRE_IT) or lock_requires(project, "tensorflow")
        there = exists(each.versions, first=_FIRST, last=_LAST)
        advice = ""
        if needed:
            advice = f"{needed[0]} requires tensorflow by name: look whether the service can do without it"
        elif not there:
            advice = f"tensorflow-cpu has the versions {_FIRST} to {_LAST}"
        elif not each.renamed:
            advice = "name tensorflow-cpu, and compile the file again"
        yield Found(
            file=each.file,
            start=each.start,
            end=each.end,
            message="tensorflow comes with kernels for GPUs here, and the service runs without one",
            advice=advice or "build, and compare the answers",
            fix="verify",
            changes=each.renamed if there and not needed else (),
            saving=of_lighter(project, "tensorflow", "tensorflow-gpu"),
        )
