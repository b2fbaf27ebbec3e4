"""Files of ``curl`` commands, one a line, continued with backslashes: what each asks."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

_BODY = ("-d", "--data", "--data-raw", "--data-ascii", "--json", "--data-binary")
_SKIPPED = ("-o", "--output", "-u", "--user", "-m", "--max-time", "-A", "--user-agent", "-w", "-b", "-e")
"""Options with a value that says nothing of the request."""


class NoRequest(ValueError):
    """A command that cannot be replayed, and why."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(reason)
        self.line = line


def asked(text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """The line of each command, and the request in the form of a JSON line.

    :raises NoRequest: a command that cannot be replayed.
    """
    for number, line in _shell_lines(text):
        try:
            words = shlex.split(line, comments=True)
            if words[:1] == ["curl"]:
                yield number, _read(words[1:]).request
        except ValueError as cause:
            reason = str(cause) if isinstance(cause, _Unusable) else "its quotes do not close"
            raise NoRequest(reason, number) from cause


class _Unusable(ValueError):
    pass


def _shell_lines(text: str) -> Iterator[tuple[int, str]]:
    waiting, first = "", 0
    for number, raw in enumerate(text.replace("\r\n", "\n").split("\n"), start=1):
        first = first or number
        waiting += raw.removesuffix("\\") + "\n"
        if not raw.endswith("\\"):
            if waiting.strip():
                yield first, waiting
            waiting, first = "", 0


@dataclass
class _Command:
    method: str = ""
    url: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: dict[str, Any] = field(default_factory=dict)
    """As a JSON line has it: ``body``, ``file``, or ``form`` and ``files``."""

    @property
    def request(self) -> dict[str, Any]:
        split = urlsplit(self.url if "://" in self.url else f"http://{self.url}")
        target = (split.path or "/") + (f"?{split.query}" if split.query else "")
        method = self.method or ("POST" if self.body else "GET")
        return {"method": method, "path": target, "headers": self.headers, **self.body}

    def send(self, word: str, value: str) -> None:
        """``-d`` and its like."""
        if value.startswith("@"):
            if word != "--data-binary" or self.body:
                raise _Unusable("it sends the lines of a file; say --data-binary for the file as it is")
            self.body["file"] = value[1:]
        else:
            self.body["body"] = f"{self.body['body']}&{value}" if "body" in self.body else value
        default = "application/json" if word == "--json" else "application/x-www-form-urlencoded"
        self.headers.setdefault("Content-Type", default)

    def fill(self, value: str) -> None:
        """``-F name=value`` or ``-F name=@path``."""
        name, _, text = value.partition("=")
        if text.startswith("<") or (text.startswith("@") and ";" in text):
            raise _Unusable("it says more of a form's file than its path; write the request as JSON lines")
        if text.startswith("@"):
            self.body.setdefault("files", {}).setdefault(name, []).append(text[1:])
        else:
            self.body = {"form": {**self.body.get("form", {}), name: text}, **self.body}


def _read(words: list[str]) -> _Command:
    made = _Command()
    at = 0
    while at < len(words):
        word, value = words[at], words[at + 1] if at + 1 < len(words) else ""
        name, equals, behind = word.partition("=")
        if word.startswith("--") and equals:
            word, value, at = name, behind, at - 1
        at += 2
        if word in ("-X", "--request"):
            made.method = value
        elif word in ("-H", "--header"):
            key, _, text = value.partition(":")
            made.headers[key.strip()] = text.strip()
        elif word in _BODY:
            made.send(word, value)
        elif word in ("-F", "--form"):
            made.fill(value)
        elif word == "--url":
            made.url = value
        elif word not in _SKIPPED:
            at -= 1
            made.url = word if not word.startswith("-") else made.url
    return made
