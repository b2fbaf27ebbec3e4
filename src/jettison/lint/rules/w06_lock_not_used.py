"""A lock file that does not decide what is installed."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from ...records import Change, Edit, FixClass
from ..builds import Build, InstallLine
from ..cpu_torch.compiled import compiled
from ..cpu_torch.installed import named_in
from ..cpu_torch.locks import lock_of
from ..cpu_torch.toml_files import project_files, required
from ..found import Found, changed, inserted
from ..gpu_machines import for_gpu
from ..project import Project
from ..rule import Example
from ..toml_places import table_at

CODE = "W06"
NAME = "lock-not-used"
SUMMARY = "a lock file is there, and is not copied, not enforced, or older than its project"
WHY = """\
`uv sync` without `--locked` resolves anew when the lock does not fit; `poetry install` without its lock file takes the newest
of everything; and a lock that was not made again after its project changed keeps what the change was to remove: CUDA, for
one. The fix adds `--locked` to `uv sync` and the lock to the COPY that brings the project file. A stale lock is made again
by `--refresh-locks`.

It says nothing with `--frozen`, `UV_LOCKED` or `UV_FROZEN`, and where a bind mount brings the lock."""
FIX: FixClass = "verify"
ALSO = ()
SOURCES = (
    "swisstopo/swissgeol-boreholes-dataextraction, pull request 517: the lock was neither made again nor copied",
    "uv's documentation, Using uv in Docker",
)
_PROJECT = '[project]\nname = "service"\nversion = "1"\ndependencies = ["flask>=3"]\n'
_LOCK = (
    'version = 1\n\n[[package]]\nname = "flask"\nversion = "3.1.0"\nsource = { registry = "here" }\n\n'
    '[[package]]\nname = "service"\nversion = "1"\nsource = { virtual = "." }\n\n'
    '[package.metadata]\nrequires-dist = [{ name = "flask", specifier = ">=3" }]\n'
)
EXAMPLES = (
    Example(
        title="uv sync may resolve anew",
        bad={
            "Dockerfile": "FROM python:3.12-slim\nCOPY pyproject.toml uv.lock ./\nRUN uv sync \\\n    --no-dev\n",
            "pyproject.toml": _PROJECT,
            "uv.lock": _LOCK,
        },
        good={
            "Dockerfile": "FROM python:3.12-slim\nRUN --mount=type=bind,source=uv.lock,target=uv.lock --mount=type=bind,source=pyproject.toml,target=pyproject.toml \\\n    uv sync --frozen --no-dev\n",
            "pyproject.toml": _PROJECT,
            "uv.lock": _LOCK,
        },
        fixed={
            "Dockerfile": "FROM python:3.12-slim\nCOPY pyproject.toml uv.lock ./\nRUN uv sync --locked \\\n    --no-dev\n",
        },
    ),
    Example(
        title="the lock of uv stays behind",
        bad={
            "Dockerfile": "FROM python:3.12-slim\nCOPY pyproject.toml ./\nRUN pip install uv && uv sync\n",
            "pyproject.toml": _PROJECT,
            "uv.lock": _LOCK,
        },
        good={
            "Dockerfile": "FROM python:3.12-slim\nCOPY pyproject.toml uv.lock ./\nENV UV_LOCKED=1\nRUN pip install uv && uv sync\n",
        },
        fixed={
            "Dockerfile": "FROM python:3.12-slim\nCOPY pyproject.toml uv.lock ./\nRUN pip install uv && uv sync --locked\n",
        },
    ),
    Example(
        title="a lock stays behind",
        bad={
            "Dockerfile": "FROM python:3.12-slim\nWORKDIR /app\nCOPY --chown=1000 pyproject.toml ./\nRUN poetry install --only main\n",
            "pyproject.toml": '[tool.poetry.dependencies]\nflask = "*"\n',
            "poetry.lock": '[[package]]\nname = "flask"\nversion = "3.1.0"\n',
        },
        good={
            "Dockerfile": "FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nRUN poetry install --only main\n",
        },
        fixed={
            "Dockerfile": "FROM python:3.12-slim\nWORKDIR /app\nCOPY --chown=1000 pyproject.toml poetry.lock ./\nRUN poetry install --only main\n",
        },
    ),
)


def findings(project: Project) -> Iterator[Found]:
    """Install commands, then lock files that are older than what they lock."""
    for build in project.builds:
        for each in build.installs:
            if each.install.lock and each.install.kind in ("project", "pipfile") and each.line.stage in build.reached:
                yield from _of_install(project, build, each)
    yield from _stale_locks(project)
    yield from _stale_compiled(project)


def _of_install(project: Project, build: Build, each: InstallLine) -> Iterator[Found]:
    name, run = each.install.lock, each.run
    at = build.landings_of(each.line.stage).before(run.line)
    source = "Pipfile" if each.install.kind == "pipfile" else "pyproject.toml"
    landing = at.get(posixpath.join(run.directory, source))
    mounted = any(
        mount.source.endswith(name) or mount.target.endswith(name) or mount.source in ("", ".")
        for mount in run.mounts
        if mount.kind == "bind"
    )
    if posixpath.join(run.directory, name) in at or mounted:
        if each.install.tool == "uv":
            yield from _unenforced(build, each)
        return
    if landing is None or not landing.source:
        return
    lock = posixpath.join(posixpath.dirname(landing.source), name)
    if build.below(lock) not in project.paths:
        return
    ignored = build.ignored.holds(lock)
    where = f"{build.ignored.file} keeps it out" if ignored else "it is not copied"
    copied = next(
        (line for line in build.lines if line.instruction.first_line == landing.line and line.word == "COPY"), None
    )
    changes: tuple[Change, ...] = ()
    if copied is not None and not ignored and not copied.instruction.is_json and not copied.instruction.heredocs:
        instruction = copied.instruction
        to_folder = instruction.arguments[-1].endswith("/") or instruction.arguments[-1] in (".", "..")
        text = build.dockerfile.text[instruction.start : instruction.end]
        word = re.search(rf"(?<=\s){re.escape(landing.source)}(?=\s)", text)
        if to_folder and word is not None and instruction.flag("from") is None:
            behind = instruction.start + word.end()
            enforced = [edit for found in _unenforced(build, each) for change in found.changes for edit in change.edits]
            edits = enforced if each.install.tool == "uv" else []
            changes = (changed(build.path, [Edit(start=behind, end=behind, replacement=f" {lock}"), *edits]),)
    yield Found(
        file=build.path,
        start=run.command.start,
        end=run.command.end,
        message=f"{lock} is there and does not decide what {each.install.tool} installs: {where}",
        advice=f"copy it beside {source}",
        fix="verify",
        changes=changes,
    )


def _unenforced(build: Build, each: InstallLine) -> Iterator[Found]:
    run = each.run
    options = ("--locked", "--frozen", "--no-lock")
    variables = ("UV_LOCKED", "UV_FROZEN")
    if any(word in options for word in run.argv) or any(
        run.variables.get(name, "0") not in ("", "0") for name in variables
    ):
        return
    verb = next((word for word in run.command.words if word.value == "sync"), None)
    has_place = verb is not None and build.dockerfile.text[verb.start : verb.end] == verb.text
    yield Found(
        file=build.path,
        start=run.command.start,
        end=run.command.end,
        message="uv sync resolves anew when uv.lock does not fit the project, instead of failing",
        advice="add --locked",
        fix="verify",
        changes=(inserted(build.path, verb.end, " --locked"),) if verb is not None and has_place else (),
    )


def _stale_locks(project: Project) -> Iterator[Found]:
    for path in project_files(project):
        lock = lock_of(project, posixpath.dirname(path), "uv.lock")
        own = str(table_at(project.toml(path), "project").get("name", ""))
        entries = (project.toml(lock.path) or {}).get("package") if lock else None
        mine = next(
            (
                each
                for each in (entries if isinstance(entries, list) else ())
                if canonicalize_name(str(table_at(each).get("name"))) == canonicalize_name(own)
            ),
            None,
        )
        listed = table_at(mine, "metadata").get("requires-dist")
        if lock is None or mine is None or not isinstance(listed, list):
            continue
        locked: dict[str, set[str]] = {}
        for entry in map(table_at, listed):
            locked.setdefault(canonicalize_name(str(entry.get("name"))), set()).add(
                _specifier(str(entry.get("specifier", "")))
            )
        for each in required(project, path):
            if not each.group and _specifier(str(each.requirement.specifier)) not in locked.get(each.name, set()):
                yield _stale(lock.path, f"{path} requires {each.text}, which uv.lock does not know", "run `uv lock`")
                break


def _stale_compiled(project: Project) -> Iterator[Found]:
    by_path = {file.path: file for file in project.requirement_files}
    for file in project.installed_files:
        made = compiled(project, file)
        locked = {line.name: line.pinned for line in file.lines if line.pinned}
        for path in made.sources if made is not None and not for_gpu(file.path) else ():
            for each in named_in(by_path[path]) if path in by_path else ():
                version = locked.get(each.name)
                if each.requirement.url or (version and each.requirement.specifier.contains(version, prereleases=True)):
                    continue
                said = f"has {version}" if version else "does not have it"
                message = f"{path} asks for {each.requirement}, and {file.path}, which is compiled from it, {said}"
                yield _stale(file.path, message, "compile it again")
                break


def _stale(path: str, message: str, advice: str) -> Found:
    return Found(file=path, start=0, end=0, message=message, advice=f"{advice}, or lint with --refresh-locks")


def _specifier(text: str) -> str:
    try:
        return ",".join(sorted(map(str, SpecifierSet(text))))
    except InvalidSpecifier:
        return text
