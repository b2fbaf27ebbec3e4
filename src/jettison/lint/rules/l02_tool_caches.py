"""uv, Poetry, Pipenv, PDM or conda keep what they downloaded, or uv itself stays in the image."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...dockerfile.installs import Install, install_of, keeps_cache
from ...dockerfile.runs import RunLine
from ...dockerfile.stages import chain
from ...dockerfile.wrappers import program
from ...records import Edit, FixClass
from ..builds import Build, Line
from ..found import Found, changed, without
from ..joining import appended
from ..options import option_behind
from ..project import Project
from ..rule import Example
from ..savings import of_table
from ..taken_back import goes_with_its_maker
from ..traces import cache_of

CODE = "L02"
NAME = "tool-caches"
SUMMARY = "uv, Poetry, Pipenv, PDM or conda leave their caches in the layer, or uv itself stays in the image"
WHY = """\
Every installer keeps what it downloads, for builds that never come. uv gets `--no-cache`; Poetry, Pipenv and conda
get a command that removes the cache at the end of the same RUN (Poetry's own `--no-cache` keeps the downloaded files,
and its environments lie below the cache's folder, so only the two folders of downloads go).

A `COPY` of the uv binary into the image that ships is 40 MB that only the build needs. The fix mounts it in the RUN
lines that call it; build and compare then. It leaves uv alone where CMD, ENTRYPOINT, HEALTHCHECK or a script may call
it, and says nothing of a stage that only others copy from, of cache mounts, and of `UV_NO_CACHE`."""
FIX: FixClass = "verify"
ALSO = ()
SOURCES = (
    "uv's guide to Docker: caching, mounts, and the binary as a bind mount",
    "conda's documentation of conda clean; Poetry's of cache-dir",
)
_UV_IMAGE = "ghcr.io/astral-sh/uv"
_REMOVALS = {
    "poetry": "rm -rf {cache}/cache {cache}/artifacts",
    "pipenv": "rm -rf ~/.cache/pip ~/.cache/pipenv",
    "conda": "{program} clean --all --yes",
}
EXAMPLES = (
    Example(
        bad={
            "Dockerfile": "FROM python:3.12-slim\nRUN pip install --no-cache-dir uv && uv pip install --system flask\n"
        },
        good={
            "Dockerfile": "FROM python:3.12-slim\n"
            "RUN pip install --no-cache-dir uv && uv pip install --no-cache --system flask\n"
        },
    ),
    Example(
        title="Poetry, conda with a comment inside, uv sync in JSON form; a mount, a variable, a stage of its own",
        bad={
            "Dockerfile": "FROM python:3.12-slim\nRUN poetry install --only main\n"
            "RUN conda install -y \\\n# math\n      numpy && \\\n    conda list\n"
            'RUN ["uv", "sync", "--locked"]\nRUN micromamba create -f environment.yml; pipenv install --system\n'
        },
        good={
            "Dockerfile": "FROM python:3.12-slim AS build\nRUN uv sync && poetry install\nFROM python:3.12-slim\n"
            "ENV UV_NO_CACHE=1\nRUN uv sync\nRUN conda env create -f e.yml && conda clean -afy\n"
            "RUN --mount=type=cache,target=/root/.cache/pypoetry poetry install\n"
        },
        fixed={
            "Dockerfile": "FROM python:3.12-slim\n"
            "RUN poetry install --only main && rm -rf ~/.cache/pypoetry/cache ~/.cache/pypoetry/artifacts\n"
            "RUN conda install -y \\\n# math\n      numpy && \\\n    conda list && \\\n      conda clean --all --yes\n"
            'RUN ["uv", "sync", "--no-cache", "--locked"]\n'
            "RUN micromamba create -f environment.yml; pipenv install --system && micromamba clean --all --yes && "
            "rm -rf ~/.cache/pip ~/.cache/pipenv\n"
        },
    ),
    Example(
        title="the uv binary",
        bad={
            "Dockerfile": f"FROM python:3.12-slim\nCOPY --from={_UV_IMAGE}:0.9 /uv /uvx /bin/\nENV UV_NO_CACHE=1\n"
            "COPY . .\nRUN uv sync --locked && \\\n    uv pip check\nRUN touch x\nCMD ['python', 'app.py']\n"
        },
        good={
            "Dockerfile": f"FROM python:3.12-slim\nCOPY --from={_UV_IMAGE}:0.9 /uv /bin/\nENV UV_NO_CACHE=1\n"
            'RUN uv sync\nCMD ["uv", "run", "app.py"]\n'
        },
        fixed={
            "Dockerfile": "FROM python:3.12-slim\nENV UV_NO_CACHE=1\nCOPY . .\n"
            f"RUN --mount=from={_UV_IMAGE}:0.9,source=/uv,target=/bin/uv uv sync --locked && \\\n    uv pip check\n"
            "RUN touch x\nCMD ['python', 'app.py']\n"
        },
    ),
)


def findings(project: Project) -> Iterator[Found]:
    """Every install of a stage that ships, and every COPY of uv into one."""
    for build in project.builds:
        for line in (*build.lines, *build.held_back):
            if not line.ships:
                continue
            yield from _caches(build, line)
            if line.word == "COPY" and (source := _copied_uv(line)):
                yield from _binary(project, build, line, source)


def _caches(build: Build, line: Line) -> Iterator[Found]:
    seen: set[str] = set()
    for run in line.runs:
        install = install_of(run)
        if install is None or install.tool == "pip" or not keeps_cache(install, run, line.runs):
            continue
        if install.tool != "uv" and install.tool in seen:
            continue  # one removal at the end is for all of them
        seen.add(install.tool)
        if goes_with_its_maker(build, line, cache_of(install.tool)):
            continue
        edit, advice = _edit(build, line, run, install)
        yield Found(
            file=build.path,
            start=line.instruction.start,
            end=line.instruction.end,
            message=f"{install.tool} leaves its cache in the layer, where nothing uses it again",
            advice=f"{advice}, or use a cache mount",
            fix="safe",
            changes=(changed(build.path, [edit]),) if edit else (),
        )


def _edit(build: Build, line: Line, run: RunLine, install: Install) -> tuple[Edit | None, str]:
    if install.tool == "uv":
        if run.variables.get("UV_LINK_MODE") == "symlink" or "--link-mode=symlink" in run.argv:
            return None, "let uv copy (its links point into the cache) and add --no-cache"
        verb = next((word for word in ("install", "sync", "add") if word in run.argv), "")
        return option_behind(build, line, run, verb, "--no-cache"), "add --no-cache"
    if install.tool not in _REMOVALS:
        return None, f"let the RUN end with rm -rf ~/.cache/{install.tool}"
    moved = "$POETRY_CACHE_DIR" if run.variables.get("POETRY_CACHE_DIR") else "~/.cache/pypoetry"
    removal = _REMOVALS[install.tool].format(cache=moved, program=program(run.argv))
    return appended(build.dockerfile, line, removal), f"let the RUN end with {removal}"


def _copied_uv(line: Line) -> str:
    """The image that a COPY takes the uv binary from; empty for any other COPY."""
    origin = line.scope.expanded(line.instruction.flag("from") or "")
    sources = line.instruction.arguments[:-1]
    return origin if origin.startswith(_UV_IMAGE) and sources and {*sources} <= {"/uv", "/uvx"} else ""


def _binary(project: Project, build: Build, copy: Line, source: str) -> Iterator[Found]:
    lines = [line for line in build.lines if line.ships and line.instruction.start > copy.instruction.start]
    starts = ("CMD", "ENTRYPOINT", "HEALTHCHECK", "ONBUILD")
    if any(re.search(r"\buvx?\b", line.instruction.body) for line in lines if line.word in starts):
        return
    scripts = {each.source for each in build.landings.final if each.target.endswith(".sh") and each.source}
    if any(re.search(r"\buvx?\b", project.text(build.below(each)) or "") for each in sorted(scripts)):
        return
    edits = _mounted(build, copy, lines, source)
    yield Found(
        file=build.path,
        start=copy.instruction.start,
        end=copy.instruction.end,
        message="uv stays in the image, and only the build needs it",
        advice=f"mount it in the RUN that calls it: --mount=from={source},source=/uv,target=/bin/uv",
        fix="verify",
        changes=(changed(build.path, edits),) if edits else (),
        saving=of_table("uv-binary"),
    )


def _mounted(build: Build, copy: Line, lines: list[Line], source: str) -> list[Edit]:
    """The COPY taken away, and a mount in every RUN that calls uv; nothing where a call may hide in a RUN."""
    target = copy.instruction.arguments[-1]
    place = f"{target}uv" if target.endswith("/") else target
    if place.rpartition("/")[0] not in ("/bin", "/usr/bin", "/usr/local/bin", "/sbin") or not place.endswith("/uv"):
        return []
    ours = {line.instruction.start for line in lines}
    others = (
        each
        for stage in build.stages
        if any(each.index == copy.stage for each in chain(build.stages, stage))
        for each in stage.instructions
        if each.start > copy.instruction.start and each.start not in ours
    )
    if any(
        re.search(r"\buvx?\b", each.text) for each in others
    ):  # a stage that the image does not hold has it from here
        return []
    edits: list[Edit] = [without(build.dockerfile, copy.instruction)]
    for line in lines:
        if line.word != "RUN" or not re.search(
            r"\buvx?\b", build.dockerfile.text[line.instruction.start : line.instruction.end]
        ):
            continue
        calls = [run for run in line.runs if program(run.argv) in ("uv", "uvx")]
        if not calls or any(program(run.argv) == "uvx" for run in calls):
            return []
        at = line.instruction.source_at(len(line.word) - 1) + 1
        edits.append(Edit(start=at, end=at, replacement=f" --mount=from={source},source=/uv,target={place}"))
    return edits
