"""A model's weights and the code in one layer."""

from __future__ import annotations

from collections.abc import Iterator

from ...dockerfile.tree import folder_tree
from ...records import FixClass
from ..builds import Build, Line
from ..found import Found, replaced
from ..ignore_files import in_words
from ..project import Project
from ..rule import Example
from ..weights import is_weights

CODE = "M01"
NAME = "weights-with-code"
SUMMARY = "a model's weights are copied in the same layer as the code"
WHY = """\
A layer is pushed and pulled as a whole. With the weights in the layer of the code, every change of a line of code sends the
weights again: to the registry, and to every machine that pulls the image. The image itself does not get smaller, so no
bytes are claimed.

The fix splits a COPY that names the weights beside the code, weights first. A COPY of a whole folder it leaves: copy the
weights first and let the COPY of the rest leave them out (`--exclude`, syntax 1.19 or later), or put them into a folder
beside the code's."""
FIX: FixClass = "safe"
ALSO: tuple[str, ...] = ()
SOURCES = ("replicate/cog, issues 308 and 1305: a small change of the code pushes the weights again",)
EXAMPLES = (
    Example(
        bad={
            "Dockerfile": "FROM python:3.12-slim\nCOPY --chown=1000 app.py model.pt utils.py /srv/\n",
            "app.py": "",
            "utils.py": "",
        },
        good={
            "Dockerfile": "FROM python:3.12-slim\nCOPY --chown=1000 model.pt /srv/\nCOPY --chown=1000 app.py utils.py /srv/\n",
            "app.py": "",
            "utils.py": "",
        },
        sizes={"model.pt": 90_000_000},
    ),
    Example(
        bad={"Dockerfile": "FROM python:3.12-slim\r\nADD server/*.py server/weights.onnx ./\r\n", "server/app.py": ""},
        good={
            "Dockerfile": "FROM python:3.12-slim\r\nADD server/weights.onnx ./\r\nADD server/*.py ./\r\n",
            "server/app.py": "",
        },
        sizes={"server/weights.onnx": 90_000_000},
        title="Patterns, and CRLF.",
    ),
)
_LEAST_BYTES = 10_000_000


def findings(project: Project) -> Iterator[Found]:
    """Every COPY or ADD of a stage that ships which brings both."""
    for build in project.builds:
        if not any(is_weights(each.path) and each.size_bytes >= _LEAST_BYTES for each in build.sent.entries):
            continue
        for line in build.lines:
            if line.word in ("COPY", "ADD") and line.ships and line.instruction.flag("from") is None:
                yield from _of_line(build, line)


def _of_line(build: Build, line: Line) -> Iterator[Found]:
    number = line.instruction.first_line
    brought = [each for each in build.landings.steps if each.line == number and each.source]
    weights = [each for each in brought if is_weights(each.source) and each.size_bytes >= _LEAST_BYTES]
    if not weights or not any(each.source.endswith((".py", ".html", ".js")) for each in brought):
        return
    size = in_words(sum(each.size_bytes for each in weights))
    split = _split(build, line)
    instruction = line.instruction
    yield Found(
        file=build.path,
        start=instruction.start,
        end=instruction.end,
        message=f"{weights[0].source} lies in one layer with the code: every change of the code sends {size} again",
        advice="copy the weights before the code, in an instruction of their own"
        + ("" if split else ", and leave them out of this one with --exclude, or put them beside the code's folder"),
        fix="safe",
        changes=(replaced(build.path, instruction.start, instruction.end, split),) if split else (),
    )


def _split(build: Build, line: Line) -> str:
    """Two instructions for the one; empty when a source holds both, or the instruction is not plain."""
    instruction = line.instruction
    sources = instruction.arguments[:-1]
    if len(sources) < 2 or instruction.is_json or instruction.heredocs or len(instruction.pieces) > 1:
        return ""
    tree = folder_tree(build.sent)
    kinds: dict[str, set[bool]] = {}
    for source in sources:
        files = [file for match in tree.matches(line.scope.expanded(source)) for _, file in match.files]
        kinds[source] = {is_weights(file.source) for file in files}
    if any(len(kind) > 1 for kind in kinds.values()):
        return ""
    newline = build.dockerfile.newline
    head, target = instruction.text[: instruction.body_at], instruction.arguments[-1]
    first = " ".join(source for source in sources if kinds[source] == {True})
    second = " ".join(source for source in sources if kinds[source] != {True})
    end = newline if build.dockerfile.text[instruction.end - 1 : instruction.end] == "\n" else ""
    return f"{head}{first} {target}{newline}{head}{second} {target}{end}" if first and second else ""
