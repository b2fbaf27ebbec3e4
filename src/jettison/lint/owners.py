"""chown and chmod of whole folders, and whether the COPY that brought them could have done it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from ..dockerfile.installs import install_of
from ..dockerfile.runs import RunLine
from ..dockerfile.stages import chain
from ..dockerfile.words import Word
from ..dockerfile.wrappers import program
from .builds import Build, Line
from .traces import written

_MAKES_USERS = ("useradd", "groupadd", "adduser", "addgroup")
_LEAVES_FOLDERS_ALONE = frozenset(
    (
        *("apt-get", "apt", "aptitude", "apk", "dnf", "microdnf", "yum", "cd", "set", "export", "true", ":", "echo"),
        *("ls", "test", "[", "cat", "rm", "usermod", "passwd", "ldconfig", "update-ca-certificates", "locale-gen"),
        *("chown", "chmod", "chgrp", "sleep", "exit", *_MAKES_USERS),
    )
)
_OF_BASES = (
    "/",
    "/bin",
    "/etc",
    "/home",
    "/lib",
    "/opt",
    "/opt/conda",
    "/root",
    "/srv",
    "/tmp",
    "/usr",
    "/usr/local",
    "/var",
)
_OF_EVERY_IMAGE = ("root", "daemon", "nobody", "www-data")


@dataclass(frozen=True, kw_only=True)
class Recursive:
    """``chown -R`` or ``chmod -R``."""

    line: Line
    run: RunLine
    program: Literal["chown", "chmod"]
    value: str
    """Owner or mode, as written."""
    path: str
    """Absolute."""
    option: Word | None
    """The word that says ``-R``, where it has a place of its own."""

    @property
    def flag(self) -> str:
        """The flag of COPY that says the same; empty when none does."""
        if self.program == "chmod":
            return f"--chmod={self.value}" if re.fullmatch(r"[0-7]{3,4}", self.value) else ""
        if re.fullmatch(r"[\w.-]+:[\w.-]+", self.value):
            return f"--chown={self.value}"
        # Without a group chown leaves that of root, and COPY would take the user's number.
        return f"--chown={self.value}:0" if re.fullmatch(r"[\w.-]+", self.value) else ""

    @property
    def names(self) -> tuple[str, ...]:
        """Users and groups that must be known to the image before a COPY can name them."""
        if self.program == "chmod":
            return ()
        return tuple(each for each in self.value.split(":") if not each.isdecimal() and each not in _OF_EVERY_IMAGE)


def recursive_changes(line: Line) -> Iterator[Recursive]:
    """Those of one RUN, a path each."""
    for run in line.runs:
        name = program(run.argv)
        if name not in ("chown", "chmod"):
            continue
        options = [word for word in run.argv[1:] if word.startswith("-")]
        plain = [word for word in run.argv[1:] if not word.startswith("-")]
        if not any(word == "--recursive" or re.fullmatch(r"-[a-zA-Z]*R[a-zA-Z]*", word) for word in options):
            continue
        said = [word for word in run.command.words if re.fullmatch(r"--recursive|-[a-zA-Z]*R[a-zA-Z]*", word.text)]
        sole = len(plain) == 2 and len(options) == 1 and len(said) == 1 and run.known
        # What a condition decides, or an argument of the build, COPY cannot leave open.
        decided = set(re.findall(r"\$\{?(\w+)", " ".join(word.text for word in run.command.words)))
        sole = sole and not run.command.inside and decided <= {*line.scope.environment}
        for path in plain[1:]:
            yield Recursive(
                line=line,
                run=run,
                program="chown" if name == "chown" else "chmod",
                value=plain[0],
                path=posixpath.normpath(posixpath.join(run.directory, path.removesuffix("/*"))),
                option=said[0] if sole and not path.endswith("*") and not line.instruction.is_json else None,
            )


def copies_into(build: Build, change: Recursive) -> tuple[Line, ...] | None:
    """The COPY and ADD lines of its stage that brought what lies at its path; None when one brought more than that."""
    found: list[Line] = []
    for line in build.of_stage(change.line.stage):
        if line.instruction.start >= change.line.instruction.start:
            break
        if line.word not in ("COPY", "ADD"):
            continue
        target = line.scope.expanded(line.instruction.arguments[-1])
        target = posixpath.normpath(posixpath.join("/", line.scope.workdir, target))
        if _is_below(target, change.path):
            found.append(line)
        elif _is_below(change.path, target):
            return None
    return tuple(found)


def others_write(build: Build, change: Recursive) -> bool:
    """Whether anything else than a COPY of its stage may have put files below its path."""
    if change.path in _OF_BASES:
        return True
    below = {stage.index for stage in chain(build.stages, build.stages[change.line.stage])}
    for line in build.lines:
        if line.stage not in below or line.instruction.start > change.line.instruction.start:
            continue
        if line.scope.workdir.startswith(change.path.rstrip("/") + "/"):  # WORKDIR makes a folder of root's
            return True
        if line.stage != change.line.stage and line.word in ("COPY", "ADD"):
            return True
        for run in line.runs:
            if run is change.run:
                break
            if not _leaves_alone(run, change.path):
                return True
    return False


def makers_of(lines: Sequence[Line], names: Sequence[str]) -> tuple[Line, ...] | None:
    """The RUN lines that make these users and groups; None when one of them is made nowhere here."""
    found: dict[int, Line] = {}
    missing = {*names}
    for line in lines:
        for run in line.runs:
            if program(run.argv) in _MAKES_USERS and (made := missing & {*run.argv[1:]}):
                # useradd and adduser make a group of the same name.
                missing -= made
                found[line.instruction.start] = line
    return None if missing else tuple(found.values())


def makes_users_only(runs: Sequence[RunLine], path: str) -> bool:
    """Commands that could stand anywhere, as far as the files below a path go."""
    return bool(runs) and all(
        program(run.argv) in _MAKES_USERS and not any(_is_below(word, path) for word in run.argv[1:])
        for run in runs
        if not _makes_folder(run, path)
    )


def _leaves_alone(run: RunLine, path: str) -> bool:
    """A command writes nothing below a path."""
    if not run.command.understood or run.output:
        return False
    name = program(run.argv)
    if name in _LEAVES_FOLDERS_ALONE or _makes_folder(run, path):
        return True
    if name in ("wget", "curl", "git") and (places := tuple(written(run))):
        return not any(_is_below(place, path) for place in places)
    install = install_of(run)
    if install is None or install.tool != "pip" or install.kind != "requirements":
        return not _is_below(run.directory, path) and not any(path in word for word in run.argv)
    local = ("-e", "--editable", "-t", "--target", "--prefix", "--root", "--src")
    return not any(word.split("=")[0] in local or word.startswith(".") for word in install.words)


def _makes_folder(run: RunLine, path: str) -> bool:
    plain = [word for word in run.argv[1:] if not word.startswith("-")]
    is_it = all(posixpath.normpath(posixpath.join(run.directory, word)) == path for word in plain)
    return program(run.argv) == "mkdir" and bool(plain) and is_it


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")
