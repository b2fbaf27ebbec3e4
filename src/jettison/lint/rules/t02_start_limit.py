"""A service that may take longer to start than its platform waits."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...records import FixClass
from ..found import Found
from ..platforms import platforms
from ..project import Project
from ..rule import Example
from ..stated_limits import stated_limit

CODE = "T02"
NAME = "start-limit"
SUMMARY = "the service is granted more time to start than its platform waits"
WHY = """\
How long a start takes only a measurement tells (`jettison measure`). But a folder often says how long it may take: in
`HEALTHCHECK --start-period`, or in `[limits] cold_start_s` of `jettison.toml`. When that is more than the platform waits,
one of the two is wrong: the platform ends the container while it is still loading.

It speaks only when the platform is named, and compares with a dated value (`lint/platforms.toml`)."""
FIX: FixClass = "suggest"
ALSO = ()
SOURCES = (
    "MicrosoftDocs/azure-docs, reference-app-settings.md: WEBSITES_CONTAINER_START_TIME_LIMIT, 230 s",
    "PolicyEngine/policyengine-api, issue 3764: a start of 201 s in the median on Cloud Run",
)
EXAMPLES = (
    Example(
        targets=("cpu", "azure-app-service"),
        bad={
            "Dockerfile": "FROM python:3.12-slim\nHEALTHCHECK --start-period=10m CMD python3 /check.py\nCMD python app.py\n"
        },
        good={
            "Dockerfile": "FROM python:3.12-slim\nHEALTHCHECK --start-period=2m30s CMD python3 /check.py\n"
            "CMD python app.py\n"
        },
    ),
    Example(
        title="the folder's own limit",
        targets=("cpu", "cloud-run"),
        bad={
            "Dockerfile": "FROM python:3.12-slim\nCMD python app.py\n",
            "jettison.toml": "[limits]\ncold_start_s = 300\n",
        },
        good={
            "Dockerfile": "FROM python:3.12-slim\nCMD python app.py\n",
            "jettison.toml": "[limits]\ncold_start_s = 30\n",
        },
    ),
)

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def findings(project: Project) -> Iterator[Found]:
    """Every start that is granted a time, for every platform with a limit."""
    for platform in platforms(project):
        limit = platform.start_limit_seconds
        if limit is None:
            continue
        advice = f"make the start shorter, or raise the limit ({platform.start_limit_setting}); {platform.where}"
        for build in project.builds:
            checks = [line for line in build.lines if line.word == "HEALTHCHECK" and line.ships]
            granted = _seconds(checks[-1].instruction.flag("start-period") or "") if checks else 0
            if granted > limit:
                yield Found(
                    file=build.path,
                    start=checks[-1].instruction.start,
                    end=checks[-1].instruction.end,
                    message=f"the service may take {granted:g} s to start, and {platform.title} waits {limit} s",
                    advice=advice,
                )
        stated = stated_limit(project, "cold_start_s")
        if stated > limit:
            file = "jettison.toml" if "jettison.toml" in project.paths else "pyproject.toml"
            at = re.search(r"(?m)^\s*cold_start_s\b.*$", project.text(file) or "")
            yield Found(
                file=file,
                start=at.start() if at else 0,
                end=at.end() if at else 0,
                message=f"the service may take {stated:g} s to start, and {platform.title} waits {limit} s",
                advice=advice,
            )


def _seconds(written: str) -> float:
    """Of Go's durations: ``1m30s``."""
    return sum(float(count) * _UNITS[unit] for count, unit in re.findall(r"(\d+(?:\.\d+)?)(ms|s|m|h)", written))
