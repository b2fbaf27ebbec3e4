"""What the commands of a RUN leave in the file system, and what they take away or write anew, as far as it is plain."""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from ..dockerfile.installs import cleans_cache, install_of, keeps_cache
from ..dockerfile.runs import RunLine
from ..dockerfile.system_installs import download, is_update, packages_of, removes_lists
from ..dockerfile.wrappers import program

_CACHES = {"pip": "pip", "uv": "uv", "poetry": "pypoetry", "pipenv": "pip", "conda": "pkgs", "pdm": "pdm"}
_URL_NAME = re.compile(r"://[^/\s]+/(?:[^?#\s]*/)?([^/?#\s]+)")
Kind = Literal["cache", "path", "package"]


@dataclass(frozen=True, kw_only=True)
class Trace:
    """Something that a command makes, or that one takes away or writes anew."""

    kind: Kind
    """``cache`` has the tool's name, ``path`` an absolute path (or a pattern of one), ``package`` one of apt or pip."""
    name: str
    run: RunLine

    @property
    def said(self) -> str:
        """As a message calls it."""
        caches = {"apt": "apt's package lists", "pkgs": "conda's packages"}
        return caches.get(self.name, f"the cache of {self.name}") if self.kind == "cache" else self.name


def made(run: RunLine, line: tuple[RunLine, ...]) -> Iterator[Trace]:
    """What a command leaves.

    :param line: all commands of its RUN.
    """
    install = install_of(run)
    if install is not None and install.kind != "wheels" and keeps_cache(install, run, line):
        yield Trace(kind="cache", name=_CACHES[install.tool], run=run)
    if is_update(run):
        yield Trace(kind="cache", name="apt", run=run)
    for name in packages_of(run):
        yield Trace(kind="package", name=name, run=run)
    if install is not None and install.tool in ("pip", "uv") and install.kind == "requirements":
        for word in install.words:
            if re.match(r"[A-Za-z][\w.-]*", word) and "/" not in word:
                yield Trace(kind="package", name=re.split(r"[\[=<>~!; ]", word)[0].lower(), run=run)
    for path in _written(run):
        yield Trace(kind="path", name=path, run=run)


def removed(run: RunLine) -> Iterator[Trace]:
    """What a command takes away, or moves, which stores it once more."""
    if removes_lists(run):
        yield Trace(kind="cache", name="apt", run=run)
    for cache in dict.fromkeys(_CACHES.values()):
        if cleans_cache(run, cache):
            yield Trace(kind="cache", name=cache, run=run)
    name, words = program(run.argv), run.argv[1:]
    plain = [word for word in words if not word.startswith("-")]
    if name in ("rm", "shred", "unlink"):
        for word in plain:
            yield Trace(kind="path", name=_absolute(run, word), run=run)
    elif name in ("mv", "gunzip", "gzip", "strip", "unxz"):
        for word in plain[:-1] if name == "mv" else plain:
            yield Trace(kind="path", name=_absolute(run, word), run=run)
    elif name == "find" and "-delete" in words and plain:
        yield Trace(kind="path", name=_absolute(run, plain[0]), run=run)
    elif name in ("apt-get", "apt", "aptitude") and {"purge", "remove"} & {*plain[:1]}:
        for word in plain[1:]:
            yield Trace(kind="package", name=word, run=run)
    elif "uninstall" in plain and (name in ("pip", "uv") or run.argv[1:3] == ("-m", "pip")):
        for word in plain[plain.index("uninstall") + 1 :]:
            yield Trace(kind="package", name=word.lower(), run=run)


def covers(taken: Trace, left: Trace) -> bool:
    """Whether what one takes away is, or holds, what the other left."""
    if taken.kind != left.kind:
        return False
    if taken.kind != "path":
        return taken.name == left.name
    pattern = taken.name
    if fnmatch.fnmatchcase(left.name, pattern) or left.name == pattern:
        return True
    return left.name.startswith(pattern.rstrip("/*") + "/") and pattern.rstrip("/*") not in ("", ".")


def _written(run: RunLine) -> Iterator[str]:
    """Paths of files and folders that a command makes and that have some size."""
    name, words = program(run.argv), run.argv[1:]
    plain = [word for word in words if not word.startswith("-")]
    addresses = [word for word in plain if "://" in word]
    given = {flag: _value(words, *flags) for flag, flags in _FLAGS.items()}
    if run.output:
        yield run.output
    if name == "wget" and addresses:
        for each in (given["wget-file"],) if given["wget-file"] else map(_last, addresses):
            if each and each != "-":
                yield _absolute(run, posixpath.join(given["wget-folder"], each))
    elif name == "curl" and addresses:
        short = [word for word in words if re.fullmatch(r"-[A-Za-z]*[oO]", word)]
        if given["curl-file"] or (short and short[-1].endswith("o")):
            path = given["curl-file"] or "".join(words[words.index(short[-1]) + 1 :][:1])
            if path and path != "-":
                yield _absolute(run, path)
        elif short or "--remote-name" in words:
            yield from (_absolute(run, _last(each)) for each in addresses if _last(each))
    elif name == "git" and plain[:1] == ["clone"] and addresses:
        behind = plain[plain.index(addresses[0]) + 1 :]
        yield _absolute(run, behind[0] if behind else _last(addresses[0]).removesuffix(".git"))
    elif name == "tar" and given["folder"] and any("x" in word for word in words[:1]):
        yield _absolute(run, given["folder"])
    elif name == "unzip" and given["zip-folder"]:
        yield _absolute(run, given["zip-folder"])
    elif download(run) and given["local-folder"]:
        yield _absolute(run, given["local-folder"])


_FLAGS = {
    "wget-file": ("-O", "--output-document", "-qO", "-nvO"),
    "wget-folder": ("-P", "--directory-prefix"),
    "curl-file": ("--output",),
    "folder": ("-C", "--directory"),
    "zip-folder": ("-d",),
    "local-folder": ("--local-dir",),
}


def _value(words: tuple[str, ...], *options: str) -> str:
    for index, word in enumerate(words):
        name, equals, value = word.partition("=")
        if name in options:
            return value if equals else "".join(words[index + 1 : index + 2])
    return ""


def _last(address: str) -> str:
    found = _URL_NAME.search(address)
    return found[1] if found else ""


def _absolute(run: RunLine, word: str) -> str:
    home = run.variables.get("HOME", "/root")
    word = re.sub(r"^(~|\$HOME|\$\{HOME\})(?=/|$)", lambda _: home, word)
    return posixpath.normpath(posixpath.join(run.directory, word))
