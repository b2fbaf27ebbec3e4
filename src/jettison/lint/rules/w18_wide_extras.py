"""Extras that bring everything along."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...records import FixClass
from ..found import Found
from ..project import Project
from ..rule import Example

CODE = "W18"
NAME = "wide-extras"
SUMMARY = "an extra that brings every optional part of a library, its development tools, or its GPU build along"
WHY = """\
`[all]`, `[all-docs]` or `[dev]` install every optional dependency of a library, of which a service uses one or two;
some of them bring torch, a browser or a whole Spark along. `[cuda]` is a GPU build. Which of the narrower extras a
service needs, its author knows: there is no fix.

`uvicorn[standard]` and `fastapi[standard]` are fine for a server; on AWS Lambda no server runs, and they only make the
package larger."""
FIX: FixClass = "suggest"
ALSO = ()
SOURCES = ("topoteretes/cognee, issue 3691: extras among the reasons for an image of 27.8 GB",)
EXAMPLES = (
    Example(
        bad={"requirements.txt": "unstructured[all-docs]==0.16.0\nfastapi\n"},
        good={"requirements.txt": "unstructured[pdf]==0.16.0\nfastapi[standard]\nuvicorn[standard]\n"},
    ),
    Example(
        title="a GPU build on a CPU",
        bad={"Dockerfile": "FROM python:3.12-slim\nRUN pip install 'jax[cuda12]' flask\n"},
        good={"Dockerfile": "FROM python:3.12-slim\nRUN pip install jax flask\n"},
    ),
    Example(
        title="a server on AWS Lambda",
        bad={"pyproject.toml": "[project]\nname = 'x'\ndependencies = ['mangum', 'uvicorn[standard]']\n"},
        good={"pyproject.toml": "[project]\nname = 'x'\ndependencies = ['mangum', 'uvicorn']\n"},
        targets=("cpu", "aws-lambda"),
    ),
)
_WIDE = re.compile(r"^(all|all[-_].*|full|complete|everything|extras?|local-inference)$")
_DEV = re.compile(r"^(dev|develop|development|docs?|tests?|testing|lint|quality|train|training|notebooks?)$")
_GPU = re.compile(r"^(gpu|cuda\w*|cu\d+|rocm\w*|tensorrt)$")
_SERVERS = ("uvicorn", "fastapi", "litestar")
_NEEDS_IT = ("moto", "dask", "scikit-network", "sentry-sdk")
"""Whose widest extra is small, or is what the library is used by."""


def findings(project: Project) -> Iterator[Found]:
    """Every such extra of what ships."""
    for each in project.dependencies:
        if not each.ships or not each.extras or not each.is_direct or each.name in _NEEDS_IT:
            continue
        why = [(extra, said) for extra in each.extras if (said := _why(project, each.name, extra))]
        if why:
            extras = ",".join(extra for extra, _ in why)
            yield Found(
                file=each.file,
                start=each.start,
                end=each.end,
                message=f"{each.name}[{extras}] {why[0][1]}",
                advice="name the extras that the service uses, or none",
            )


def _why(project: Project, name: str, extra: str) -> str:
    if _GPU.match(extra) and project.on_cpu:
        return "is the build for a GPU"
    if _WIDE.match(extra):
        return "brings every optional part along"
    if _DEV.match(extra):
        return "is for developing the library or training with it"
    if extra == "standard" and name in _SERVERS and project.aims_at("aws-lambda"):
        return "brings a server's parts along, and no server runs on AWS Lambda"
    return ""
