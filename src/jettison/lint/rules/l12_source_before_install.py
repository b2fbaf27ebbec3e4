"""The source is copied before the dependencies are installed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...records import Edit, FixClass
from ..builds import Build, Line
from ..found import Found, changed
from ..manifests import manifests_of, may_stand_before_the_source
from ..project import Project
from ..rule import Example

CODE = "L12"
NAME = "source-before-install"
SUMMARY = "the source is copied before its dependencies are installed, so every change of code installs them again"
WHY = """\
A layer is built again when a file that an earlier COPY brings has changed. Behind `COPY . .` every install runs again
for every changed line of code, and every pull fetches its layer again. The fix copies the files that the install reads,
installs, and copies the source afterwards; the image is the same.

It changes nothing where the install needs the source itself: a project that is installed (`.`, `-e`, Poetry without
`--no-root`, uv with a build system), requirements that name paths, files that include others from other folders, other
commands in between."""
FIX: FixClass = "safe"
ALSO = ()
SOURCES = (
    "Docker's guide to the build cache: order your layers",
    "cachelint: which manifests are complete in themselves",
)
_HEAD = "FROM python:3.12-slim\nWORKDIR /app\n"
_REQUIREMENTS = {"requirements.txt": "flask\n--index-url https://download.pytorch.org/whl/cpu\n", "app.py": ""}
EXAMPLES = (
    Example(
        bad={"Dockerfile": f"{_HEAD}COPY . .\nRUN pip install -r requirements.txt\n", **_REQUIREMENTS},
        good={
            "Dockerfile": f"{_HEAD}COPY requirements.txt ./\nRUN pip install -r requirements.txt\nCOPY . .\n",
            **_REQUIREMENTS,
        },
    ),
    Example(
        title="flags, comments, CRLF, a file that includes another, and other lines in between",
        bad={
            "Dockerfile": "FROM python:3.12-slim\r\n# the service\r\nCOPY --chown=7:7 . /srv/\r\nENV A=1\r\n"
            "RUN apt-get update && apt-get install -y git\r\nRUN pip install -U pip && \\\r\n"
            "    pip install -r /srv/req/prod.txt\r\nCMD python /srv/app.py\r\n",
            "req/prod.txt": "-r base.txt\r\nflask\r\n",
            "req/base.txt": "numpy\r\n",
        },
        good={
            "Dockerfile": f"{_HEAD}COPY . .\nRUN pip install -r req/prod.txt\n",
            "req/prod.txt": "-e .\nflask\n",
            "req/base.txt": "numpy\n",
        },
        fixed={
            "Dockerfile": "FROM python:3.12-slim\r\nCOPY --chown=7:7 req/prod.txt req/base.txt /srv/req/\r\nENV A=1\r\n"
            "RUN apt-get update && apt-get install -y git\r\nRUN pip install -U pip && \\\r\n"
            "    pip install -r /srv/req/prod.txt\r\n# the service\r\nCOPY --chown=7:7 . /srv/\r\n"
            "CMD python /srv/app.py\r\n",
            "req/prod.txt": "-r base.txt\r\nflask\r\n",
            "req/base.txt": "numpy\r\n",
        },
    ),
    Example(
        title="an install that reads no file at all, and another behind it",
        bad={
            "Dockerfile": f"{_HEAD}COPY . .\nRUN pip install flask\nRUN pip install -r requirements.txt torch\nRUN make\n",
            **_REQUIREMENTS,
        },
        good={"Dockerfile": f"{_HEAD}COPY . .\nRUN make && pip install flask\nRUN pip install torch\n"},
        fixed={
            "Dockerfile": f"{_HEAD}COPY requirements.txt ./\nRUN pip install flask\n"
            "RUN pip install -r requirements.txt torch\nCOPY . .\nRUN make\n",
            **_REQUIREMENTS,
        },
    ),
    Example(
        title="uv and Poetry without the project",
        bad={
            "Dockerfile": f"{_HEAD}COPY . .\nRUN uv sync --locked --no-install-project",
            "pyproject.toml": '[project]\nname = "a"\nversion = "1"\ndependencies = ["flask"]\n[build-system]\n',
            "uv.lock": '[[package]]\nname = "a"\nsource = { editable = "." }\n',
        },
        good={
            "Dockerfile": f"{_HEAD}COPY . .\nRUN poetry install\n",
            "pyproject.toml": '[tool.poetry]\nname = "a"\n',
            "poetry.lock": "",
        },
        fixed={
            "Dockerfile": f"{_HEAD}COPY pyproject.toml uv.lock ./\nRUN uv sync --locked --no-install-project\nCOPY . .\n",
            "pyproject.toml": '[project]\nname = "a"\nversion = "1"\ndependencies = ["flask"]\n[build-system]\n',
            "uv.lock": '[[package]]\nname = "a"\nsource = { editable = "." }\n',
        },
    ),
)


def findings(project: Project) -> Iterator[Found]:
    """Every COPY of the folder that installs stand behind which need only their manifests."""
    for build in project.builds:
        for stage in build.stages:
            lines = build.of_stage(stage.index)
            for index, line in enumerate(lines):
                if _is_source(line):
                    yield from _behind(project, build, line, lines[index + 1 :])


def _is_source(line: Line) -> bool:
    instruction = line.instruction
    plain = line.word == "COPY" and not instruction.is_json and not instruction.heredocs
    flags = {flag.name for flag in instruction.flags}
    return plain and instruction.arguments[:-1] in ((".",), ("./",)) and flags <= {"chown", "chmod", "link"}


def _behind(project: Project, build: Build, copy: Line, behind: tuple[Line, ...]) -> Iterator[Found]:
    """The installs that follow, up to the first line that may need the source."""
    installs = {id(each.run): each for each in build.installs if each.line.stage == copy.stage}
    first: Line | None = None
    last: Line | None = None
    files: list[str] = []
    for line in behind:
        own = [installs[id(run)] for run in line.runs if id(run) in installs]
        wanted = [manifests_of(project, build, each) for each in own]
        if not may_stand_before_the_source(line, copy) or None in wanted:
            break
        named = [file for each in wanted for file in each or () if _is_from(build, each_line=copy, file=file)]
        if own:
            first, last = first or line, line
            files += named
    if first is None or last is None:
        return
    folders = {file.rpartition("/")[0] for file in files}
    yield Found(
        file=build.path,
        start=copy.instruction.start,
        end=copy.instruction.end,
        message=f"every change of code runs the install of line {first.instruction.first_line} again",
        advice=f"copy {', '.join(dict.fromkeys(files))} first, install, then copy the source"
        if files
        else "install first, then copy the source",
        fix="safe",
        changes=(changed(build.path, _moved(build, copy, last, tuple(dict.fromkeys(files)))),)
        if len(folders) < 2 and not any(re.search(r"[\s*?\[\]$\"'\\]", file) for file in files)
        else (),
    )


def _is_from(build: Build, *, each_line: Line, file: str) -> bool:
    """The file comes by this COPY, and by none before it."""
    first = next((step.line for step in build.landings.steps if step.source == file), each_line.instruction.first_line)
    return first == each_line.instruction.first_line


def _moved(build: Build, copy: Line, last: Line, files: tuple[str, ...]) -> list[Edit]:
    text, newline = build.dockerfile.text, build.dockerfile.newline
    instruction = copy.instruction
    first = ""
    head = text[instruction.start : instruction.source_at(instruction.body_at)]
    target = instruction.arguments[-1]
    if files:
        folder = files[0].rpartition("/")[0]
        place = "./" if target in (".", "./") and not folder else f"{target.rstrip('/')}/{folder}/".replace("//", "/")
        first = f"{head}{' '.join(files)} {place}{newline}"
    start = _with_comments(build, instruction.start)
    whole = text[start : instruction.end].removesuffix("\n").removesuffix("\r")
    behind = last.instruction.end
    ends_well = text[:behind].endswith("\n")
    return [
        Edit(start=start, end=instruction.end, replacement=first),
        Edit(start=behind, end=behind, replacement=f"{'' if ends_well else newline}{whole}{newline}"),
    ]


def _with_comments(build: Build, at: int) -> int:
    """Where the comments right above a place begin."""
    text = build.dockerfile.text
    while at:
        above = text.rfind("\n", 0, at - 1) + 1
        if not text[above:at].lstrip().startswith("#"):
            break
        at = above
    return at
