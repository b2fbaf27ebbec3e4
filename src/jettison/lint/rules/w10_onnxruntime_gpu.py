"""onnxruntime-gpu in a service without a GPU."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...records import FixClass
from ..found import Found
from ..gpu_machines import for_gpu
from ..project import Project
from ..rule import Example
from ..savings import of_lighter
from ..variants import asked_for, exists, lock_requires

CODE = "W10"
NAME = "onnxruntime-gpu"
SUMMARY = "onnxruntime-gpu is installed in a service that runs without a GPU"
WHY = """\
`onnxruntime-gpu` carries the execution providers of CUDA and TensorRT; without a GPU it falls back to the one for CPUs, which
`onnxruntime` has too. The fix changes the name and keeps the version; where both are asked for, which breaks one of them,
the one for GPUs goes.

Where the code asks for `CUDAExecutionProvider` and for nothing else, a session fails on either: that is left to a person."""
FIX: FixClass = "verify"
ALSO = ()
SOURCES = ("microsoft/onnxruntime, pull request 26087: wheels of 287 to 341 MB",)
_FIRST, _LAST = "1.11.0", "1.31.1"
_MISSING = ("1.20.2",)  # of onnxruntime-gpu's versions between these, the one that onnxruntime does not have (2026-11)
_PROVIDERS = re.compile(r"providers\s*=\s*\[([^\]]*)\]")
_ON_GPU = re.compile(r"(CUDA|Tensorrt|ROCM|MIGraphX)ExecutionProvider")
EXAMPLES = (
    Example(
        bad={
            "requirements.txt": "onnxruntime_gpu==1.20.1\nnumpy\n",
            "app.py": "s = S(m, providers=['CUDAExecutionProvider', 'CPUExecutionProvider'])\n",
        },
        good={"requirements.txt": "onnxruntime==1.20.1\nnumpy\n"},
        fixed={"requirements.txt": "onnxruntime==1.20.1\nnumpy\n"},
    ),
    Example(
        title="both are asked for",
        bad={
            "Dockerfile": "FROM python:3.12-slim\nRUN uv pip install --system onnxruntime \\\n    onnxruntime-gpu[cuda,cudnn] flask\n"
        },
        good={"Dockerfile": "FROM python:3.12-slim\nRUN uv pip install --system onnxruntime flask\n"},
        fixed={"Dockerfile": "FROM python:3.12-slim\nRUN uv pip install --system onnxruntime \\\n flask\n"},
    ),
    Example(
        title="a target with a GPU is none",
        bad={
            "pyproject.toml": '[project]\nname = "service"\nversion = "1"\ndependencies = [\n  "onnxruntime-gpu>=1.18; sys_platform == \'linux\'",\n]\n[tool.uv]\n'
        },
        good={
            "pyproject.toml": '[project]\nname = "service"\nversion = "1"\ndependencies = [\n  "onnxruntime>=1.18; sys_platform == \'linux\'",\n]\n[tool.uv]\n'
        },
    ),
)


def findings(project: Project) -> Iterator[Found]:
    """Every place that names it."""
    for each in asked_for(project, ("onnxruntime-gpu",), "onnxruntime") if project.on_cpu else ():
        alone = _asks_for_gpu_alone(project)
        there = exists(each.versions, first=_FIRST, last=_LAST, missing=_MISSING)
        both = "onnxruntime" in each.other_names
        changes = each.removed if both else each.renamed if there else ()
        advice = "build, and compare the answers"
        if alone:
            advice, changes = (
                f"{alone} asks for a provider of GPUs and no other: add CPUExecutionProvider there first",
                (),
            )
        elif brought_by := _brought_by(project):
            advice, changes = f"{brought_by} brings it all the same: see whether that can do without", ()
        elif not changes:
            advice = f"name onnxruntime, in a version that it has ({_FIRST} to {_LAST}), and make the lock again"
        yield Found(
            file=each.file,
            start=each.start,
            end=each.end,
            message="onnxruntime-gpu carries providers for GPUs, and the service runs without one"
            + (", and onnxruntime is asked for beside it" if both else ""),
            advice=advice,
            fix="verify",
            changes=changes,
            saving=of_lighter(project, "onnxruntime-gpu", "onnxruntime-gpu"),
        )


def _brought_by(project: Project) -> str:
    """What asks for it besides: an extra for GPUs (``rembg[gpu]``), or a package of a lock; empty for nothing."""
    for each in project.dependencies:
        extra = next((extra for extra in each.extras if for_gpu(extra)), "")
        if extra and each.ships and each.name != "onnxruntime-gpu":
            return f"{each.name}[{extra}]"
    return next(iter(lock_requires(project, "onnxruntime-gpu")), "")


def _asks_for_gpu_alone(project: Project) -> str:
    """A file whose code makes a session that cannot run without a GPU; empty when there is none."""
    return project.once(_gpu_alone)


def _gpu_alone(project: Project) -> str:
    for path in sorted(project.paths):
        if path.endswith(".py") and "site-packages/" not in path:
            for found in _PROVIDERS.finditer(project.text(path) or ""):
                if _ON_GPU.search(found[1]) and "CPUExecutionProvider" not in found[1]:
                    return path
    return ""
