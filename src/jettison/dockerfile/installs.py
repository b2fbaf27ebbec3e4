"""Which install a command line is: tool, what it installs from, cache and bytecode."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from .runs import RunLine
from .wrappers import program

Kind = Literal["requirements", "project", "pipfile", "environment", "conda", "wheels"]


@dataclass(frozen=True, kw_only=True)
class Install:
    """One install line, before its requirements are followed."""

    tool: str
    """``pip``, ``uv``, ``poetry``, ``pipenv``, ``pdm``, ``conda``."""
    kind: Kind
    """From requirement words, from the project in the directory, from its Pipfile, from a conda environment file, from
    conda's own words, or ``pip wheel``, which installs nothing yet."""
    words: tuple[str, ...] = ()
    dev: bool = False
    """Development groups come along."""
    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    lock: str = ""
    """The lock file that decides the versions; empty when none does."""
    package: str = ""
    """The member of a workspace that is installed; empty for the project itself."""


def install_of(line: RunLine) -> Install | None:
    """What a command line installs for Python; None when it installs nothing."""
    argv = line.argv
    name = program(argv)
    if name == "python" and argv[1:2] == ("-m",) and len(argv) > 2:
        argv, name = argv[2:], argv[2]
    if name in ("pip", "pipx"):
        return _pip(argv[1:], line)
    readers = {"uv": _uv, "poetry": _poetry, "pipenv": _pipenv, "pdm": _pdm}
    if name in readers:
        return readers[name](argv[1:], line)
    if name == "pip-sync":
        return Install(tool="pip", kind="requirements", words=_as_files(argv[1:] or ("requirements.txt",)))
    if name in ("conda", "mamba", "micromamba"):
        return _conda(argv[1:])
    if name == "python" and argv[1:3] in (("setup.py", "install"), ("setup.py", "develop")):
        return Install(tool="pip", kind="requirements", words=(".",))
    return None


def export_lock(line: RunLine) -> Install | None:
    """What ``poetry export``, ``uv export`` or ``pipenv requirements`` writes out; None for any other line."""
    name, argv = program(line.argv), line.argv
    if name == "pipenv" and argv[1:2] in (("requirements",), ("lock",)):
        return Install(tool="pipenv", kind="pipfile", lock="Pipfile.lock")
    locks = {"poetry": "poetry.lock", "uv": "uv.lock", "pdm": "pdm.lock"}
    if name in locks and argv[1:2] == ("export",):
        return Install(tool=name, kind="project", lock=locks[name])
    return None


def keeps_cache(install: Install, line: RunLine, run: tuple[RunLine, ...]) -> bool:
    """Whether the tool's download cache stays in the layer of that RUN."""
    variables = line.variables
    off = {
        # pip takes any value for a yes: even "off" turns the cache off, and an empty one is none. It keeps nothing of
        # what lies in a folder.
        "pip": bool(variables.get("PIP_NO_CACHE_DIR")) or _has(line, "--no-cache-dir", "--no-cache", "--no-index"),
        "uv": "UV_NO_CACHE" in variables or _has(line, "--no-cache", "-n", "--no-cache-dir"),
        "poetry": _has(line, "--no-cache"),
        "pipenv": bool(variables.get("PIP_NO_CACHE_DIR")),
    }
    if off.get(install.tool, False):
        return False
    folder = {"pip": "pip", "uv": "uv", "poetry": "pypoetry", "pipenv": "pip", "conda": "pkgs", "pdm": "pdm"}[
        install.tool
    ]
    moved = [
        variables.get(each, "") for each in ("PIP_CACHE_DIR", "UV_CACHE_DIR", "POETRY_CACHE_DIR", "XDG_CACHE_HOME")
    ]
    kept_out = [mount.target for mount in line.mounts if mount.kind in ("cache", "tmpfs")]
    if any(re.search(rf"\.cache/?$|/{folder}(/|$)", target) or target in moved for target in kept_out if target):
        return False
    at = next((index for index, each in enumerate(run) if each is line), -1)
    return not any(cleans_cache(each, folder, moved) for each in run[at + 1 :])


def cleans_cache(line: RunLine, folder: str, moved: Sequence[str] = ()) -> bool:
    """Whether a command removes a tool's download cache.

    :param folder: that of the tool below ``~/.cache``; ``pkgs`` of conda.
    :param moved: where variables put it.
    """
    name = program(line.argv)
    argv = line.argv[3:] if name == "python" and line.argv[1:3] == ("-m", "pip") else line.argv[1:]
    if name in ("rm", "find"):
        return any(
            re.search(rf"(\.cache(/{folder})?|/{folder})(/(cache|artifacts))?(/\*)?/?$", each)
            or (each and each.rstrip("/*") in moved)
            for each in argv
        )
    cleaners = {
        "pip": ("cache", "purge"),
        "uv": ("cache", "clean"),
        "poetry": ("cache", "clear"),
        "python": ("cache", "purge"),
    }
    if name in ("conda", "mamba", "micromamba"):
        return argv[:1] == ("clean",) and folder == "pkgs"
    of_tool = {"uv": "uv", "poetry": "pypoetry"}.get(name, "pip")
    return argv[:2] == cleaners.get(name) and folder == of_tool


def compiles(install: Install, line: RunLine) -> bool:
    """Whether bytecode is written beside the sources while installing."""
    if install.tool == "uv":
        return _is_on(line.variables, "UV_COMPILE_BYTECODE") or _has(line, "--compile-bytecode", "--compile")
    if install.tool in ("poetry", "pdm"):
        return _has(line, "--compile")
    return not (_has(line, "--no-compile") or _is_on(line.variables, "PIP_NO_COMPILE"))


def _is_on(variables: Mapping[str, str], name: str) -> bool:
    return variables.get(name, "").lower() in ("1", "true", "yes", "on", "t", "y")


def _has(line: RunLine, *options: str) -> bool:
    return any(word in options for word in line.argv)


def _pip(words: tuple[str, ...], line: RunLine) -> Install | None:
    verb, rest = _verb(words)
    if verb == "install":
        return Install(tool="pip", kind="requirements", words=rest)
    return Install(tool="pip", kind="wheels", words=rest) if verb in ("wheel", "download") else None


def _uv(words: tuple[str, ...], line: RunLine) -> Install | None:
    verb, rest = _verb(words)
    inner, behind = _verb(rest)
    if verb == "pip" and inner == "install":
        return Install(tool="uv", kind="requirements", words=behind)
    if verb == "pip" and inner == "sync":
        return Install(tool="uv", kind="requirements", words=_as_files(behind))
    if verb == "add":
        return Install(tool="uv", kind="requirements", words=rest)
    if verb == "sync":
        without = _has(line, "--no-dev", "--no-default-groups") or _is_on(line.variables, "UV_NO_DEV")
        return Install(
            tool="uv",
            kind="project",
            dev=not without,
            extras=_values(rest, "--extra"),
            groups=_values(rest, "--group", "--only-group"),
            lock="uv.lock",
            package="".join(_values(rest, "--package")[:1]),
        )
    return None


def _poetry(words: tuple[str, ...], line: RunLine) -> Install | None:
    verb, rest = _verb(words)
    if verb == "add":
        named = tuple(each if "://" in each else each.replace("@", "==") for each in rest)
        return Install(tool="poetry", kind="requirements", words=named)
    if verb not in ("install", "sync"):
        return None
    chosen = {name.strip() for value in _values(rest, "--only", "--without") for name in value.split(",")}
    main_only = _has(line, "--no-dev") or bool(chosen & {"main", "dev"})
    extras = tuple(name for value in _values(rest, "--extras", "-E") for name in re.split(r"[,\s]+", value) if name)
    return Install(tool="poetry", kind="project", dev=not main_only, extras=extras, lock="poetry.lock")


def _pipenv(words: tuple[str, ...], line: RunLine) -> Install | None:
    verb, rest = _verb(words)
    packages = tuple(each for each in rest if not each.startswith("-"))
    if verb == "install" and packages:
        return Install(tool="pipenv", kind="requirements", words=rest)
    if verb in ("install", "sync"):
        return Install(tool="pipenv", kind="pipfile", dev=_has(line, "--dev", "-d"), lock="Pipfile.lock")
    return None


def _pdm(words: tuple[str, ...], line: RunLine) -> Install | None:
    verb, _ = _verb(words)
    without = _has(line, "--prod", "--production", "--no-dev")
    return (
        Install(tool="pdm", kind="project", dev=not without, lock="pdm.lock") if verb in ("install", "sync") else None
    )


def _conda(words: tuple[str, ...]) -> Install | None:
    verb, rest = _verb(words)
    if verb == "env":
        verb, rest = _verb(rest)
        if verb not in ("create", "update"):
            return None
    if verb not in ("install", "create", "update"):
        return None
    files = _values(rest, "-f", "--file")
    if files:
        return Install(tool="conda", kind="environment", words=files)
    named: list[str] = []
    at = 0
    while at < len(rest):
        if rest[at] in ("-n", "--name", "-p", "--prefix", "-c", "--channel", "--solver"):
            at += 1
        elif not rest[at].startswith("-"):
            named.append(rest[at])
        at += 1
    if named:
        return Install(tool="conda", kind="conda", words=tuple(named))
    return Install(tool="conda", kind="environment", words=("environment.yml",)) if verb == "create" else None


def _as_files(words: tuple[str, ...]) -> tuple[str, ...]:
    """Words that name requirements files, as options that do."""
    return tuple(word if word.startswith("-") else f"--requirement={word}" for word in words)


def _verb(words: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """The first word that is no option, and what stands behind it."""
    for index, word in enumerate(words):
        if not word.startswith("-"):
            return word, words[index + 1 :]
    return "", ()


def _values(words: tuple[str, ...], *options: str) -> tuple[str, ...]:
    """The values that options have, written either way."""
    found: list[str] = []
    for index, word in enumerate(words):
        name, equals, value = word.partition("=")
        if name in options:
            found += [value] if equals else list(words[index + 1 : index + 2])
    return tuple(found)
