"""The same packages in two environments of one image."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping

from ...records import FixClass
from ..asked import asked_by
from ..builds import InstallLine
from ..found import Found
from ..project import Project
from ..rule import Example

CODE = "P09"
NAME = "two-environments"
SUMMARY = "the same packages are installed into two environments of one image"
WHY = """\
A virtual environment beside the system's packages, or a user's own beside both, holds its own copy of everything that is
installed into it. Which copy is imported depends on the interpreter that happens to run.

It compares what commands of the image ask for by name, environment by environment. Installers (pip, uv, Poetry) in the
system with the service's packages in an environment are as they should be."""
FIX: FixClass = "suggest"
ALSO = ()
SOURCES = ("slimtoolkit/slim, issue 490: packages of the user that were not found",)
EXAMPLES = (
    Example(
        bad={
            "Dockerfile": "FROM python:3.12-slim\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\n"
            "RUN python -m venv /venv && /venv/bin/pip install -r requirements.txt\n",
            "requirements.txt": "torch\nflask\n",
        },
        good={
            "Dockerfile": "FROM python:3.12-slim\nCOPY requirements.txt .\nRUN pip install -U pip uv\n"
            "RUN python -m venv /venv && /venv/bin/pip install -U pip -r requirements.txt\n",
            "requirements.txt": "torch\nflask\n",
        },
    ),
    Example(
        title="the user's own",
        bad={
            "Dockerfile": "FROM python:3.12-slim\nRUN pip install numpy pandas\nRUN useradd -m app\nUSER app\n"
            "RUN pip install --user pandas flask\n"
        },
        good={
            "Dockerfile": "FROM python:3.12-slim\nRUN pip install numpy pandas\nENV PATH=/opt/venv/bin:$PATH\n"
            "RUN python -m venv /opt/venv\nRUN pip install flask\n"
        },
    ),
)

_INSTALLERS = {
    "pip",
    "setuptools",
    "wheel",
    "uv",
    "poetry",
    "pipenv",
    "pdm",
    "virtualenv",
    "hatch",
    "pip-tools",
    "cython",
}


def findings(project: Project) -> Iterator[Found]:
    """Every image with installs into several environments."""
    for build in project.builds:
        shipped = [each for each in build.installs if each.line.ships and each.install.kind != "wheels"]
        if len(shipped) < 2:
            continue
        by_place: dict[str, set[str]] = {}
        for each in shipped:
            place = _environment(each)
            if not place:
                continue
            names = asked_by(project, build, each) - _INSTALLERS
            twice = {name: other for other, known in by_place.items() if other != place for name in names & known}
            by_place.setdefault(place, set()).update(names)
            if twice:
                yield Found(
                    file=build.path,
                    start=each.run.command.start,
                    end=each.run.command.end,
                    message=f"{', '.join(sorted(twice)[:4])} {'is' if len(twice) == 1 else 'are'} installed into {place}, "
                    f"and before into {next(iter(twice.values()))}",
                    advice="install into one environment, the one whose interpreter the service starts",
                )


def _environment(each: InstallLine) -> str:
    """Where a command installs; empty when that is not known."""
    argv, install = each.run.argv, each.install
    if install.tool not in ("pip", "uv") or install.kind != "requirements" or not each.run.known:
        return ""
    if any(re.match(r"--(target|prefix|root|python|dry-run)\b|-t$|-p$", word) for word in argv):
        return ""
    folder = posixpath.dirname(argv[0])
    if "--user" in argv:
        return "the user's own packages"
    if install.tool == "pip" and folder:
        place = posixpath.normpath(posixpath.join(each.run.directory, folder))
        return "the system" if place in ("/usr/bin", "/usr/local/bin") else posixpath.dirname(place)
    if install.tool == "uv":
        return "the system" if "--system" in argv else each.run.variables.get("VIRTUAL_ENV", "")
    return _active(each.run.variables) or "the system"


def _active(variables: Mapping[str, str]) -> str:
    """The environment that is switched on for good."""
    first = variables.get("PATH", "").partition(":")[0]
    by_path = "" if not first or first.startswith(("/usr/", "/bin", "/sbin", "$")) else posixpath.dirname(first)
    return variables.get("VIRTUAL_ENV") or by_path
