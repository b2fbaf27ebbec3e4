"""Lock files after the fixes of lint: made again by the tool that made them, in a copy of the folder's project files.

Nothing of the folder is changed here, and uv builds nothing: a lock that needs code to be run stays for a person.
"""

from __future__ import annotations

import os
import posixpath
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from jettison.errors import EnvironmentUnusable
from jettison.lint import Project
from jettison.lint.cpu_torch.compiled import Compiled, compiled
from jettison.lint.cpu_torch.locks import LOCKS, lock_of, locks
from jettison.lint.cpu_torch.names import FAMILY
from jettison.lint.requirement_files import RequirementFile
from jettison.packages import uv
from jettison.workspace import scratch

_LONGEST_SECONDS = 600
_COPIED = re.compile(
    r"(^|/)(pyproject\.toml|setup\.cfg|uv\.toml|poetry\.toml|\.python-version|[^/]*\.(in|lock|txt))$", re.IGNORECASE
)
_LARGEST_COPIED_BYTES = 20_000_000


@dataclass(frozen=True, kw_only=True)
class Refreshed:
    """What became of the lock files."""

    texts: Mapping[str, str] = field(default_factory=dict)
    """By path, those that were made again."""
    taken_back: frozenset[str] = frozenset()
    """Files whose fixes hold only together with a lock that could not be made again."""
    notes: tuple[str, ...] = ()


def stale_locks(project: Project, changed: Iterable[str]) -> tuple[str, ...]:
    """Lock files of the project files that were changed, as sentences that say what to do."""
    said = []
    for path in _locks_of(project, changed):
        tool = posixpath.basename(path).partition(".")[0]
        said.append(f"{path} is older than its project file now: run `{tool} lock`, or lint with --refresh-locks")
    return tuple(said)


def refreshed(project: Project, changed: Iterable[str], found_in: Iterable[str]) -> Refreshed:
    """Make the locks again that the fixes have made stale, and those in which something was found.

    :param project: with the fixes made
    :param changed: paths of the files that were fixed
    :param found_in: paths of the files that still have findings
    """
    changed = set(changed)
    found = set(found_in)
    wanted = list(
        dict.fromkeys((*_locks_of(project, changed), *(lock.path for lock in locks(project) if lock.path in found)))
    )
    files = [
        (file, made)
        for file in project.requirement_files
        if (made := compiled(project, file)) and made.argv and made.sources
    ]
    files = [(file, made) for file, made in files if {file.path, *made.sources} & (changed | found)]
    result = Refreshed()
    if not wanted and not files:
        return result
    with scratch("locks") as folder:
        _copy(project, folder)
        for path in wanted:
            result = _with_lock(project, folder, path, result)
        for file, made in files:
            result = _with_compiled(project, folder, file, made, result)
    return result


def _locks_of(project: Project, changed: Iterable[str]) -> list[str]:
    folders = [posixpath.dirname(path) for path in sorted(changed) if posixpath.basename(path) == "pyproject.toml"]
    found = (lock_of(project, folder, name) for folder in folders for name in LOCKS)
    return list(dict.fromkeys(lock.path for lock in found if lock is not None))


def _copy(project: Project, folder: Path) -> None:
    for path, size in project.paths.items():
        if _COPIED.search(path) and size < _LARGEST_COPIED_BYTES and "site-packages/" not in path:
            place = folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            text = project.text(path)
            if text is not None:
                place.write_bytes(text.encode("utf-8", "surrogateescape"))
            else:
                shutil.copyfile(project.root / path, place)


def _with_lock(project: Project, folder: Path, path: str, result: Refreshed) -> Refreshed:
    """A project's lock; the versions of torch and what belongs to it stay those that were locked."""
    place = folder / path
    tool = posixpath.basename(path).partition(".")[0]
    lock = next(each for each in locks(project) if each.path == path)
    public = {name: each.version.partition("+")[0] for name in FAMILY for each in lock.named(name)}
    program = _uv() if tool == "uv" else shutil.which(tool)
    if program is None or tool == "pdm":
        return _noted(
            result, f"{path} is older than its project file now, and {tool} is not installed here: run `{tool} lock`"
        )
    kept = [word for name, version in public.items() for word in ("--upgrade-package", f"{name}=={version}")]
    attempts = (
        [[program, "lock", "--no-build", *kept], [program, "lock", "--no-build"]]
        if tool == "uv"
        else [[program, "lock", "-n"]]
    )
    failed = ""
    for arguments in attempts:
        failed = _run(arguments, place.parent)
        if not failed:
            return replace(result, texts={**result.texts, path: place.read_text("utf-8")})
    return _noted(result, f"{path} is older than its project file now, and `{tool} lock` failed: {failed}")


def _with_compiled(
    project: Project, folder: Path, file: RequirementFile, made: Compiled, result: Refreshed
) -> Refreshed:
    hashed = any(line.is_hashed for line in file.lines)
    place = folder / file.path
    failed = _run(_command(file, made), folder / made.folder, _variables(made))
    if failed:
        note = f"{file.path} could not be compiled again: {failed}"
        if not hashed:
            return _noted(result, f"{note}; it was changed in place")
        back = result.taken_back | {file.path, *made.sources}
        return _noted(replace(result, taken_back=back), f"{note}; what belongs to it was left as it was")
    text = place.read_text("utf-8")
    if made.tool == "pip-compile":
        text = _as_pip_compile(project, file, made, text)
    return replace(result, texts={**result.texts, file.path: text})


def _command(file: RequirementFile, made: Compiled) -> list[str]:
    """The command that the file's head tells; pip-compile's as uv does it, which needs nothing installed."""
    pins = [line for line in file.lines if line.name in FAMILY and line.pinned]
    kept = [word for line in pins for word in ("--upgrade-package", f"{line.name}=={line.pinned.partition('+')[0]}")]
    if made.tool == "uv":
        has_output = any(word in ("-o", "--output-file") or word.startswith("--output-file=") for word in made.argv)
        output = [] if has_output else ["-o", posixpath.relpath(file.path, made.folder or ".")]
        return [_uv(), *made.argv[1:], *output, *kept, "--no-build", "--quiet"]
    python = re.search(r"with Python (\d+\.\d+)", file.text[:500])
    return [
        _uv(), "pip", "compile", *(posixpath.relpath(source, made.folder or ".") for source in made.sources),
        "-o", posixpath.relpath(file.path, made.folder or "."), "--no-header", "--no-build", "--quiet", *kept,
        # pip looks at all its indexes.
        "--index-strategy", "unsafe-best-match",
        *(["--generate-hashes"] if any(line.is_hashed for line in file.lines) else []),
        *(["--python-version", python[1]] if python else []),
        *(["--no-strip-extras"] if "--no-strip-extras" in made.argv else []),
    ]  # fmt: skip


def _variables(made: Compiled) -> dict[str, str]:
    return {"UV_CUSTOM_COMPILE_COMMAND": " ".join(made.argv)} if made.tool == "uv" else {}


def _as_pip_compile(project: Project, file: RequirementFile, made: Compiled, text: str) -> str:
    """The body with the head that pip-compile wrote, and with the indexes that it takes over from the source."""
    head = re.match(r"(?:#[^\n]*\n)*", file.text)
    sources = [each for each in project.requirement_files if each.path in made.sources]
    options = [
        line.body for each in sources for line in each.lines if line.option.endswith(("-index-url", "--find-links"))
    ]
    lines = "".join(f"{option}\n" for option in options)
    return f"{head[0] if head else ''}{lines}{chr(10) if lines else ''}{text}"


def _uv() -> str:
    """The user's own uv before the one that came with jettison: a lock is written in its version's form."""
    try:
        return shutil.which("uv") or str(uv.program())
    except EnvironmentUnusable:
        return "uv"


def _run(arguments: list[str], folder: Path, variables: Mapping[str, str] | None = None) -> str:
    """Why it failed, in one line; empty when it did not. The tool sees the user's own settings: the lock is theirs."""
    kept = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "CONDA_PREFIX")}
    try:
        done = subprocess.run(
            arguments,
            cwd=folder,
            env={**kept, "NO_COLOR": "1", **(variables or {})},
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_LONGEST_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as cause:
        return str(cause)
    if not done.returncode:
        return ""
    if Path(arguments[0]).name == "uv":
        return uv.failure(done.stderr).what
    lines = [line.strip() for line in f"{done.stdout}\n{done.stderr}".splitlines() if line.strip()]
    return lines[-1][:300] if lines else "it said nothing"


def _noted(result: Refreshed, note: str) -> Refreshed:
    return replace(result, notes=(*result.notes, note))
