"""A start that the stop signal does not reach."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from ...dockerfile.commands import Command, commands
from ...dockerfile.shell import run_commands, script_of
from ...dockerfile.words import Word
from ...records import Change, Edit, FixClass
from ..bases import shipped_base
from ..builds import Build, Line
from ..found import Found, changed, inserted
from ..project import Project
from ..rule import Example
from ..starts import items, start_of

CODE = "R03"
NAME = "start-form"
SUMMARY = "a shell stands between the container and the service, and keeps the stop signal to itself"
WHY = """\
The shell form starts `/bin/sh -c`, which gets the signal to stop and does not pass it on: the service is killed after
ten seconds, in the middle of its requests. (Some shells replace themselves by the last command; not all of them, and
not behind `&&` in every one.)

A plain command becomes the JSON form. Where a variable, a pipe or a chain needs the shell, `exec` in front of the last
command makes the service take the shell's place. Both do the same otherwise. ENTRYPOINT keeps its form, because the JSON
form would begin to take arguments. What was written as a condition, behind a trap,
and a last command in the background, is only said."""
FIX: FixClass = "safe"
ALSO = ("JSONArgsRecommended", "DL3025")
SOURCES = ("BuildKit, build check JSONArgsRecommended", "hadolint, rule DL3025")
EXAMPLES = (
    Example(
        bad={"Dockerfile": "FROM python:3.12-slim\nCMD gunicorn -w 2 \\\n  # port\n  -b 0.0.0.0:8000 'app:create()'\n"},
        good={
            "Dockerfile": 'FROM python:3.12-slim\nCMD ["gunicorn", "-w", "2", \\\n  # port\n  "-b", "0.0.0.0:8000", '
            '"app:create()"]\n'
        },
    ),
    Example(
        title="a variable needs the shell",
        bad={"Dockerfile": "FROM python:3.12-slim\r\nCMD flask db upgrade && gunicorn -b :$PORT app:app\r\n"},
        good={"Dockerfile": "FROM python:3.12-slim\r\nCMD flask db upgrade && exec gunicorn -b :$PORT app:app\r\n"},
    ),
    Example(
        title="the shell written out",
        bad={"Dockerfile": 'FROM python:3.12-slim\nCMD ["sh", "-c", "uvicorn main:app --port ${PORT:-8000}"]\n'},
        good={"Dockerfile": 'FROM python:3.12-slim\nCMD ["sh", "-c", "exec uvicorn main:app --port ${PORT:-8000}"]\n'},
    ),
    Example(
        title="an ENTRYPOINT, and a CMD that stands in the way of nothing",
        bad={"Dockerfile": "FROM python:3.12-slim\nENTRYPOINT python serve.py\n"},
        good={"Dockerfile": 'FROM python:3.12-slim\nENTRYPOINT ["python", "serve.py"]\nCMD ["--port", "80"]\n'},
        fixed={"Dockerfile": "FROM python:3.12-slim\nENTRYPOINT exec python serve.py\n"},
    ),
)

_PREFIXED = re.compile(r"(?:^|[\s;&|\"'])(?:!|time(?:\s+-p)?)\s+$")
_NO_ENTRYPOINT = ("python", "debian", "ubuntu", "alpine", "continuumio/miniconda3")
_BUILTINS = {
    *(
        "cd",
        "export",
        "set",
        "source",
        ".",
        "ulimit",
        "umask",
        "eval",
        "trap",
        "read",
        "test",
        "[",
        ":",
        "exit",
        "wait",
        "fg",
        "bg",
        "jobs",
    ),
    *("echo", "true", "false", "alias", "unset", "shift", "printf", "exec", "command", "env"),
}


def findings(project: Project) -> Iterator[Found]:
    """The start of every image."""
    for build in project.builds:
        start = start_of(project, build)
        base = shipped_base(project, build)
        if start is None or (base is not None and re.search("windows|nanoserver", base.reference)):
            continue
        entrypoint = start.entrypoint
        line = entrypoint if entrypoint and not entrypoint.instruction.is_json else start.command or entrypoint
        if line is None or (entrypoint is not None and script_of(entrypoint.instruction.arguments) is not None):
            line = entrypoint
        plain = entrypoint is None and base is not None and base.repository in _NO_ENTRYPOINT
        found = _of_line(project, build, line, can_be_json=plain) if line else None
        if found is not None:
            yield found


def _of_line(project: Project, build: Build, line: Line, *, can_be_json: bool) -> Found | None:
    instruction = line.instruction
    text = build.dockerfile.text
    if not instruction.is_json and re.match(r"\[(?!\[?\s)", instruction.body):
        return _no_json(build, line)
    if instruction.is_json:
        found = _script(build, line)
        if not found:
            return None
    else:
        found = run_commands(instruction, line.scope.shell)
    last = found[-1]
    if not last.words or not last.understood or last.words[0].value == "exec":
        return None
    at = last.words[0].start
    # `!` and `time` stand in front of a command and are no part of it; what a trap does needs the shell to stay.
    keeps_shell = any(each.name == "trap" for each in found) or _PREFIXED.search(text[instruction.start : at])
    alone = len(found) == 1 and not last.assignments and not last.redirects and not last.inside
    changes: tuple[Change, ...] = ()
    background = text[last.end : instruction.end].strip().startswith("&")
    if keeps_shell:
        changes = ()
    elif can_be_json and not instruction.is_json and alone and not background and _is_plain(project, build, line, last):
        changes = (changed(build.path, _as_items(last)),)
    elif (
        not _is_argument(build, line)
        and last.after in ("", "&&", ";", "\n")
        and not last.inside
        and not background
        and last.name not in _BUILTINS
    ):
        if not last.assignments and text.startswith(last.words[0].text, at):
            changes = (inserted(build.path, at, "exec "),)
    elif last.name in _BUILTINS and last.name not in ("env", "command"):
        return None  # the shell itself is the service
    return Found(
        file=build.path,
        start=instruction.start,
        end=instruction.end,
        message=f"a shell stands in front of {last.name or 'the service'}, and keeps the stop signal to itself",
        advice="use the JSON form, or `exec` where a shell is needed",
        fix="safe",
        changes=changes,
    )


def _as_items(command: Command) -> Iterator[Edit]:
    """Word by word, so that continuations and comments between them stay."""
    for index, word in enumerate(command.words):
        opens = "[" if index == 0 else ""
        closes = "]" if index == len(command.words) - 1 else ","
        item = json.dumps(word.value, ensure_ascii=False)
        yield Edit(start=word.start, end=word.end, replacement=f"{opens}{item}{closes}")


def _no_json(build: Build, line: Line) -> Found:
    """What looks like the JSON form and is none: a shell gets its brackets and quotes."""
    instruction = line.instruction
    return Found(
        file=build.path,
        start=instruction.start,
        end=instruction.end,
        message=f"the list behind {instruction.word} is no JSON, and a shell gets it as it stands",
        advice="write its items in double quotes, with commas between them",
        fix="safe",
    )


def _script(build: Build, line: Line) -> tuple[Command, ...]:
    """The commands inside ``["sh", "-c", "…"]``, with their places in the file; empty when there are none."""
    script = script_of(line.instruction.arguments)
    if script is None:
        return ()
    word = next((each for each in items(line.instruction, build.dockerfile.text) if each.value == script), None)
    if word is None or build.dockerfile.text[word.start + 1 : word.end - 1] != script:
        return commands(script, lambda _: line.instruction.start)
    return commands(script, lambda at: word.start + 1 + at)


def _is_plain(project: Project, build: Build, line: Line, command: Command) -> bool:
    """The command means the same without a shell."""
    if line.scope.shell not in (("/bin/sh", "-c"), ("/bin/bash", "-c"), ("/bin/bash", "-o", "pipefail", "-c")):
        return False
    if command.name in _BUILTINS or not all(map(_is_literal, command.words)):
        return False
    first = command.words[0].value or ""
    if "/" not in first and not first.endswith(".sh"):
        return True
    # A script without a first line that names its interpreter runs in a shell only.
    name = first.rpartition("/")[2]
    landing = next((each for each in build.landings.final if each.target.rpartition("/")[2] == name), None)
    if landing is None:
        return first.startswith(("/usr/", "/bin/", "/opt/")) and not first.endswith(".sh")
    start = landing.text or project.text(build.below(landing.source)) or ""
    return start.startswith("#!")


def _is_argument(build: Build, line: Line) -> bool:
    """A CMD that an ENTRYPOINT gets which is no wrapper: ``sh -c`` is then no start, but its arguments."""
    entrypoint = next((each for each in reversed(build.lines) if each.ships and each.word == "ENTRYPOINT"), None)
    if line.word != "CMD" or entrypoint is None:
        return False
    words = entrypoint.instruction.arguments
    return not words or not re.search(r"(\.sh|entrypoint|tini|dumb-init|--)$", words[-1])


def _is_literal(word: Word) -> bool:
    if word.value is None:
        return False
    unquoted = "".join(part.text for part in word.parts if not part.quoted)
    return not set(unquoted) & set("*?[{") and not unquoted.startswith("~")
