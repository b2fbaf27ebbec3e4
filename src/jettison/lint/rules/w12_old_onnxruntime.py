"""An ONNX Runtime that still pulls sympy along."""

from __future__ import annotations

import re
from collections.abc import Iterator

from packaging.version import InvalidVersion, Version

from ...records import Change, FixClass
from ..dependencies import Dependency
from ..distributions import user_of
from ..found import Found, replaced
from ..project import Project
from ..rule import Example
from ..savings import of_distributions

CODE = "W12"
NAME = "old-onnxruntime"
SUMMARY = "a release of onnxruntime that installs sympy and mpmath, which a running service never uses"
WHY = """\
Before 1.25, `onnxruntime` required `sympy` (and with it `mpmath`), which only its tools for symbolic shapes use: 31 MB,
a quarter of a small environment. The fix raises a pin to 1.25.0, the first release without them.

It says nothing where torch is installed too (which needs sympy itself), or where the code imports sympy; it changes
nothing in locks, compiled files and files with hashes, and nothing where the base's Python is older than 3.11, which
has no such release, or is not known."""
FIX: FixClass = "verify"
ALSO = ()
SOURCES = (
    "microsoft/onnxruntime, issue 24872 and pull request 27200",
    "The requirements of the releases 1.20.1 to 1.26.0, resolved in November 2026: sympy is among them up to 1.24.3",
)
EXAMPLES = (
    Example(
        bad={"requirements.txt": "onnxruntime==1.20.1  # CPU\nnumpy\n"},
        good={"requirements.txt": "onnxruntime==1.25.0  # CPU\nnumpy\n"},
    ),
    Example(
        title="torch needs sympy itself",
        bad={
            "Dockerfile": "FROM python:3.12-slim\nRUN pip install 'onnxruntime==1.23.2' tokenizers\n",
        },
        good={
            "Dockerfile": "FROM python:3.12-slim\nRUN pip install 'onnxruntime==1.23.2' tokenizers torch\n",
        },
        fixed={
            "Dockerfile": "FROM python:3.12-slim\nRUN pip install 'onnxruntime==1.25.0' tokenizers\n",
        },
    ),
    Example(
        bad={"pyproject.toml": "[project]\nname = 'x'\ndependencies = ['onnxruntime == 1.22.0']\n"},
        good={"pyproject.toml": "[project]\nname = 'x'\ndependencies = ['onnxruntime>=1.22']\n"},
        fixed={"pyproject.toml": "[project]\nname = 'x'\ndependencies = ['onnxruntime == 1.25.0']\n"},
    ),
)

FIRST_WITHOUT = "1.25.0"
_FIRST_PYTHON = (3, 11)


def findings(project: Project) -> Iterator[Found]:
    """Pins of old releases, and locks that hold one."""
    named = [each for each in project.dependencies if each.ships and each.name == "onnxruntime"]
    if not named or "sympy" in project.code.modules:
        return
    present = {each.name for each in project.dependencies if each.ships}
    if {"torch", "sympy"} & present or user_of("torch", present - {"transformers"}, ""):
        return
    new_enough = all(build.python is not None and build.python >= _FIRST_PYTHON for build in project.builds)
    for each in named:
        if _is_old(each.pinned):
            yield Found(
                file=each.file,
                start=each.start,
                end=each.end,
                message=f"onnxruntime {each.pinned} installs sympy and mpmath, which nothing here uses",
                advice=f"take {FIRST_WITHOUT} or newer"
                if new_enough
                else f"take {FIRST_WITHOUT} or newer, which needs Python 3.11",
                fix="verify",
                changes=_raised(project, each) if new_enough else (),
                saving=of_distributions(project, ("sympy", "mpmath"), "sympy"),
            )
    locks = {each.lock for each in named if each.lock and not each.pinned}
    for found in project.locked:
        if found.name == "onnxruntime" and found.file in locks and _is_old(found.version):
            in_lock = {each.name for each in project.locked if each.file == found.file}
            if "torch" not in in_lock:
                yield Found(
                    file=found.file,
                    start=found.start,
                    end=found.end,
                    message=f"onnxruntime {found.version} is locked, and installs sympy and mpmath, which nothing uses",
                    advice=f"lock {FIRST_WITHOUT} or newer: uv lock --upgrade-package onnxruntime, "
                    "poetry update onnxruntime",
                    saving=of_distributions(project, ("sympy", "mpmath"), "sympy"),
                )


def _is_old(version: str) -> bool:
    try:
        return bool(version) and Version(version) < Version(FIRST_WITHOUT)
    except InvalidVersion:
        return False


def _raised(project: Project, each: Dependency) -> tuple[Change, ...]:
    text = project.text(each.file) or ""
    found = re.compile(rf"==\s*({re.escape(each.pinned)})").search(text, each.start, each.end)
    if found is None or not each.is_editable or each.is_hashed:
        return ()
    return (replaced(each.file, found.start(1), found.end(1), FIRST_WITHOUT),)
