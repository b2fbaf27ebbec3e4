"""pip keeps what it downloaded."""

from __future__ import annotations

from collections.abc import Iterator

from ...dockerfile.installs import install_of, keeps_cache
from ...dockerfile.runs import RunLine
from ...dockerfile.wrappers import program
from ...records import FixClass
from ..builds import Build, Line
from ..found import Found, changed
from ..options import option_behind
from ..project import Project
from ..rule import Example
from ..savings import of_line
from ..taken_back import goes_with_its_maker

CODE = "L01"
NAME = "pip-cache"
SUMMARY = "pip install leaves its download cache in the layer"
WHY = """\
pip keeps every wheel that it downloads under `~/.cache/pip`, where no later build finds it again: the layer carries
each package twice, packed and unpacked. The fix adds `--no-cache-dir`.

It says nothing where the cache goes elsewhere: a cache mount, `PIP_NO_CACHE_DIR`, pip's own configuration, a stage that
only others copy from, or a later command of the same RUN that removes it. Where a RUN
right behind removes it, L03 speaks. Inside a script that `sh -c` gets it changes nothing."""
FIX: FixClass = "safe"
ALSO = ("DL3042",)
SOURCES = (
    "hadolint, rule DL3042",
    "NVIDIA-NeMo/Guardrails, pull request 463: images of 12.3, 9.6 and 1.68 GB became 9.37, 7.6 and 1.58 GB",
)
EXAMPLES = (
    Example(
        bad={"Dockerfile": "FROM python:3.12-slim\nRUN pip install flask\n"},
        good={"Dockerfile": "FROM python:3.12-slim\nRUN pip install --no-cache-dir flask\n"},
    ),
    Example(
        title="a cache mount keeps it out of the layer",
        bad={"Dockerfile": "FROM python:3.12-slim\nRUN pip3 install \\\n    flask && \\\n    rm -rf /tmp/x\n"},
        good={
            "Dockerfile": "FROM python:3.12-slim\nRUN --mount=type=cache,target=/root/.cache/pip pip3 install flask\n"
        },
        fixed={
            "Dockerfile": "FROM python:3.12-slim\nRUN pip3 install --no-cache-dir \\\n    flask && \\\n    rm -rf /tmp/x\n"
        },
    ),
    Example(
        title="several installs in one RUN, in any form; a cache that was removed before is there again",
        bad={
            "Dockerfile": "FROM python:3.12-slim\nENV PIP_NO_CACHE_DIR=\n"
            "RUN set -ex; python -m pip install -U pip; pip install flask\n"
            "RUN rm -rf ~/.cache/pip && pip install numpy\n"
            'RUN ["pip", "install", "gunicorn"]\nONBUILD RUN pip install -r requirements.txt\n'
            "RUN <<EOF\nset -e\npip install uvicorn\nEOF\n"
        },
        good={
            "Dockerfile": "FROM python:3.12-slim\nENV PIP_NO_CACHE_DIR=1\nRUN pip install flask\n"
            "FROM python:3.12-slim AS wheels\nRUN pip install build\nFROM python:3.12-slim\n"
            "COPY --from=wheels /w /w\nRUN pip install --no-index --find-links /w flask; pipx install uv; pip cache purge\n"
        },
        fixed={
            "Dockerfile": "FROM python:3.12-slim\nENV PIP_NO_CACHE_DIR=\n"
            "RUN set -ex; python -m pip install --no-cache-dir -U pip; pip install --no-cache-dir flask\n"
            "RUN rm -rf ~/.cache/pip && pip install --no-cache-dir numpy\n"
            'RUN ["pip", "install", "--no-cache-dir", "gunicorn"]\n'
            "ONBUILD RUN pip install --no-cache-dir -r requirements.txt\n"
            "RUN <<EOF\nset -e\npip install --no-cache-dir uvicorn\nEOF\n"
        },
    ),
    Example(
        title="Windows' escape character, CRLF, and pip's own configuration",
        bad={"Dockerfile": "# escape=`\r\nFROM python:3.12\r\nRUN pip install `\r\n    flask\r\n"},
        good={
            "Dockerfile": "FROM python:3.12\nRUN pip config set global.no-cache-dir true && pip install flask\n"
            "RUN pip install gunicorn\n"
        },
        fixed={
            "Dockerfile": "# escape=`\r\nFROM python:3.12\r\nRUN pip install --no-cache-dir `\r\n    flask\r\n",
        },
    ),
)


def findings(project: Project) -> Iterator[Found]:
    """Every pip install of a stage that ships."""
    for build in project.builds:
        configured = _configured(project, build)
        for line in (*build.lines, *build.held_back):
            if not line.ships or line.instruction.first_line > configured:
                continue
            for run in line.runs:
                if _keeps(run, line) and not goes_with_its_maker(build, line, "pip"):
                    yield _found(project, build, line, run)


def _keeps(run: RunLine, line: Line) -> bool:
    install = install_of(run)
    if install is None or install.tool != "pip" or install.kind == "wheels" or run.argv[1:2] == ("setup.py",):
        return False
    return keeps_cache(install, run, line.runs)


def _found(project: Project, build: Build, line: Line, run: RunLine) -> Found:
    is_pip = program(run.argv) == "pip" or run.argv[1:3] == ("-m", "pip")
    edit = option_behind(build, line, run, "install", "--no-cache-dir") if is_pip else None
    json_place = line.instruction.is_json
    return Found(
        file=build.path,
        start=line.instruction.start if json_place else run.command.start,
        end=line.instruction.end if json_place else run.command.end,
        message="pip keeps all packages that it downloads in the layer, where nothing uses them again",
        advice="add --no-cache-dir, or a cache mount",
        fix="safe",
        changes=(changed(build.path, [edit]),) if edit else (),
        saving=of_line(project, run, "pip-cache"),
    )


def _configured(project: Project, build: Build) -> float:
    """The line from which on pip's own configuration turns its cache off."""
    for line in build.lines:
        for run in line.runs:
            words = [word for word in run.argv if not word.startswith("-")]
            if "config" in words and "set" in words and any("no-cache-dir" in word for word in run.argv):
                return line.instruction.first_line - 1
        if line.word == "COPY" and any(word.endswith(("pip.conf", "/.pip")) for word in line.instruction.arguments):
            sources = [each.source for each in build.landings.steps if each.line == line.instruction.first_line]
            if any("no-cache-dir" in (project.text(build.below(source)) or "") for source in sources if source):
                return line.instruction.first_line
    return float("inf")
