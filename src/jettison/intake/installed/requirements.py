"""Requirement lines: those of requirements files, and those behind ``pip install``.

The format is pip's own ("Requirements File Format" in its documentation): continuations, comments, ``${NAME}``,
nested ``-r`` and ``-c``, options on lines of their own, hashes, markers, extras, repositories, URLs and folders.
"""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import InvalidWheelFilename, parse_wheel_filename

from ...records import PythonInstall
from ..documents import text_at

Find = Callable[[str], Path | None]
"""From a place in the image to the file on this machine."""

_VALUED = {
    "-r": "-r", "--requirement": "-r", "--requirements": "-r",
    "-c": "-c", "--constraint": "-c", "--constraints": "-c", "--override": "-c", "--overrides": "-c",
    "-e": "-e", "--editable": "-e",
    "-i": "--index-url", "--index-url": "--index-url", "--pypi-url": "--index-url", "--default-index": "--index-url",
    "--extra-index-url": "--extra-index-url", "--index": "--extra-index-url",
    "-f": "--find-links", "--find-links": "--find-links",
    "--no-binary": "--no-binary", "--only-binary": "--only-binary",
    "--torch-backend": "--torch-backend", "--index-strategy": "--index-strategy", "--prerelease": "--prerelease",
    "--resolution": "--resolution", "--exclude-newer": "--exclude-newer",
}  # fmt: skip
_INDEX = ("--index-url", "--extra-index-url", "--find-links")
_KEPT_FLAGS = ("--no-index", "--pre", "--no-deps", "--prefer-binary", "--only-binary", "--no-binary")
_IGNORED_VALUES = (
    "--trusted-host", "--timeout", "--default-timeout", "--retries", "--progress-bar", "--cache-dir",
    "--proxy", "--cert", "--client-cert", "--upgrade-strategy", "--root-user-action", "--src", "--log",
    "--exists-action", "--report", "--use-feature", "--use-deprecated", "--global-option", "--install-option",
    "--build-option", "--config-settings", "--config-setting", "-C", "--python", "-p", "--python-version",
    "--implementation", "--abi", "--platform", "--python-platform", "--target", "-t", "--prefix", "--root",
    "--build", "-b", "--link-mode", "--keyring-provider", "--allow-insecure-host", "--build-constraint",
    "--config-file", "--upgrade-package", "-P", "--wheel-dir", "-w", "--dest", "-d", "--hash", "--extra",
    "--group",
)  # fmt: skip
_VCS = re.compile(r"(git|hg|svn|bzr)\+")
_DEEPEST = 20


@dataclass(kw_only=True)
class Wanted:
    """What lines ask for, as it grows. `PythonInstall` is what comes of it."""

    requirements: list[str] = field(default_factory=list)
    direct: list[str] = field(default_factory=list)
    constraints: list[str] = field(default_factory=list)
    index_options: list[str] = field(default_factory=list)
    options: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    """Requirement files that are not in the folder."""

    def install(self, tool: str, *, line: int = 0) -> PythonInstall:
        """The record of an install that asks for it."""
        return PythonInstall(
            tool=tool,
            requirements=tuple(self.requirements),
            direct=tuple(self.direct),
            constraints=tuple(self.constraints),
            index_options=tuple(self.index_options),
            options=tuple(self.options),
            line=line,
        )

    def add(self, other: Wanted) -> None:
        """Take in what another set of lines asks for."""
        for name in ("requirements", "direct", "constraints", "index_options", "options", "missing"):
            mine, theirs = getattr(self, name), getattr(other, name)
            mine += [each for each in theirs if name == "requirements" or each not in mine]


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What is needed to follow requirement lines."""

    find: Find
    project: Callable[[str, tuple[str, ...]], Wanted | None]
    """What the project in a folder of the image asks for, with those extras; None when there is none."""
    variables: Mapping[str, str]
    notes: list[str]


def wanted(words: Iterable[str], directory: str, reading: Reading, place: str) -> Wanted:
    """What the words of an install line ask for.

    :param directory: in the image, where the line runs.
    :param place: as a note calls the line.
    """
    return _Follower(reading).line(list(words), directory, place, depth=0)


def wanted_by_file(target: str, reading: Reading) -> Wanted:
    """What a requirements file in the image asks for."""
    found = Wanted()
    _Follower(reading).file(target, found, depth=0, constrains=False)
    return found


@dataclass
class _Follower:
    reading: Reading
    seen: set[str] = field(default_factory=set)

    def line(self, words: list[str], directory: str, place: str, depth: int) -> Wanted:
        found = Wanted()
        alone = "--no-deps" in words
        at = 0
        while at < len(words):
            word, value, taken = _option(words, at)
            at += taken
            kind = _VALUED.get(word, "")
            if kind in ("-r", "-c"):
                self._nested(value, found, directory, depth, constrains=kind == "-c")
            elif kind == "-e":
                self._package(value, found, directory, place, alone=alone)
            elif kind in _INDEX:
                self._index(kind, value, found)
            elif kind:
                found.options.append(f"{kind} {value}")
            elif word == "--no-index":
                found.index_options.append(word)
            elif word in _KEPT_FLAGS:
                found.options.append(word)
            elif not word.startswith("-"):
                self._package(word, found, directory, place, alone=alone)
        return found

    def file(self, target: str, found: Wanted, depth: int, *, constrains: bool) -> None:
        path = self.reading.find(target)
        if path is None:
            found.missing.append(target)
            return
        if target in self.seen or depth > _DEEPEST:
            return
        self.seen.add(target)
        text = text_at(path, self.reading.notes, target)
        directory = posixpath.dirname(target)
        for number, written in _logical_lines(text or ""):
            line = _with_variables(written, self.reading.variables)
            place = f"{posixpath.basename(target)}:{number}"
            if line.startswith("-"):
                made = self.line(_words(line), directory, place, depth)
            else:
                made = Wanted()
                self._package(_without_options(line), made, directory, place)
            if constrains:
                made = Wanted(constraints=made.requirements + made.constraints)
            found.add(made)

    def _index(self, option: str, value: str, found: Wanted) -> None:
        url = _without_password(value)
        if url != value:
            self.reading.notes.append(
                f"the password in {option} {url} was left out; your pip configuration may hold it"
            )
        found.index_options.append(f"{option} {url}")

    def _nested(self, value: str, found: Wanted, directory: str, depth: int, *, constrains: bool) -> None:
        if "://" in value:
            self.reading.notes.append(f"{value} is a list of requirements elsewhere; it was not fetched")
            return
        target = posixpath.normpath(posixpath.join(directory, value))
        if posixpath.basename(target) in ("pyproject.toml", "setup.py", "setup.cfg"):
            found.add(self.reading.project(posixpath.dirname(target), ()) or Wanted(missing=[target]))
            return
        self.file(target, found, depth + 1, constrains=constrains)

    def _package(self, text: str, found: Wanted, directory: str, place: str, *, alone: bool = False) -> None:
        text = text.strip()
        if not text:
            return
        if wheel := _wheel(text):
            found.requirements.append(wheel)
            return
        if _VCS.match(text) or "://" in text.partition(" ")[0] or re.search(r"@\s*\w[\w+]*:", text):
            found.direct.append(_without_password(text))
            return
        try:
            found.requirements.append(str(Requirement(text)))
        except InvalidRequirement:
            self._folder(text, found, directory, place, alone=alone)

    def _folder(self, text: str, found: Wanted, directory: str, place: str, *, alone: bool) -> None:
        """A path: a folder with a project gives what that project asks for, unless it is installed alone."""
        path, _, extras = text.removeprefix("file:").partition("[")
        if path.endswith((".whl", ".tar.gz", ".zip")) or "*" in path:
            found.direct.append(text)
            return
        names = tuple(each.strip() for each in extras.rstrip("]").split(",") if each.strip())
        if not path.startswith(".") and "/" not in path:
            self.reading.notes.append(f"{place}: {text[:80]!r} is not a requirement and was left out")
            return
        found.direct.append(text)
        project = None if alone else self.reading.project(posixpath.normpath(posixpath.join(directory, path)), names)
        if project is not None:
            found.add(project)


def _option(words: list[str], at: int) -> tuple[str, str, int]:
    """An option or package, its value, and how many words both take."""
    word = words[at]
    name, equals, value = word.partition("=")
    takes_value = name in _VALUED or name in _IGNORED_VALUES
    if word.startswith("--") and equals:
        return name, value, 1
    if word in _VALUED or word in _IGNORED_VALUES:
        return word, words[at + 1] if at + 1 < len(words) else "", 2
    if re.match(r"-[rcefi].", word) and not takes_value:  # -rrequirements.txt
        return word[:2], word[2:].lstrip("="), 1
    return word, "", 1


def _logical_lines(text: str) -> list[tuple[int, str]]:
    """Lines with continuations joined and comments gone, each with its number."""
    found: list[tuple[int, str]] = []
    waiting, first = "", 0
    for number, raw in enumerate(text.split("\n"), start=1):
        first = first or number
        if raw.endswith("\\") and not raw.lstrip().startswith("#"):
            waiting += raw[:-1] + " "
            continue
        line = re.sub(r"(^|\s)#.*$", "", waiting + raw).strip()
        if line:
            found.append((first, line))
        waiting, first = "", 0
    return found


def _with_variables(line: str, variables: Mapping[str, str]) -> str:
    return re.sub(r"\$\{([A-Z0-9_]+)\}", lambda match: variables.get(match[1], match[0]), line)


def _words(line: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError:
        return line.split()


def _without_options(line: str) -> str:
    return re.split(r"\s--?[a-z]", line, maxsplit=1)[0]


def _wheel(text: str) -> str | None:
    """``torch @ https://…/torch-2.0-….whl`` for a URL of a wheel, whether or not the name stands before it."""
    url = re.sub(r"^[\w.\-\[\], ]+@\s*", "", text)
    if not re.match(r"https?://", url):
        return None
    try:
        name, *_ = parse_wheel_filename(unquote(posixpath.basename(urlsplit(url).path)))
    except InvalidWheelFilename:
        return None
    return f"{name} @ {_without_password(url)}"


_SECRET = re.compile(r"([?&][^=&#\s]*(?:token|key|secret|passw|sig|auth)[^=&#\s]*=)[^&#\s]+", re.IGNORECASE)


def _without_password(text: str) -> str:
    """An address without what stands before its host, and without values in its query that are called secret."""
    return _SECRET.sub(r"\1****", re.sub(r"//[^/\s]+@", "//", text))
