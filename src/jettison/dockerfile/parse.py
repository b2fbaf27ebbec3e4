"""Bytes to a Dockerfile."""

from __future__ import annotations

import difflib
from pathlib import Path

from ..errors import DockerfileUnreadable
from .arguments import KNOWN, arguments, split
from .heredocs import Opening, openings
from .instructions import Dockerfile, Heredoc, Instruction, Piece
from .lines import GO_SPACE, LineError, LineReader, Logical

LARGEST_BYTES = 4_000_000
"""No Dockerfile is this long; what is, is something else."""


def dockerfile_at(path: Path, *, name: str = "") -> Dockerfile:
    """The Dockerfile in a file.

    :param name: how messages call it; the path when empty.
    :raises DockerfileUnreadable: it cannot be opened, or does not parse.
    """
    name = name or str(path)
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_BYTES + 1)
    except OSError as cause:
        raise DockerfileUnreadable(
            f"the Dockerfile cannot be opened: {cause.strerror}",
            where=name,
            next_step="check its path and its permissions",
        ) from cause
    return parsed(data, name=name)


def parsed(data: bytes, *, name: str = "Dockerfile") -> Dockerfile:
    """The Dockerfile in these bytes; its `data` gives the same bytes back.

    :raises DockerfileUnreadable: a build would refuse it too; the message has the line.
    """
    _refuse_other_files(data, name)
    reader = LineReader(data.decode("utf-8", "surrogateescape"))
    found: list[Instruction] = []
    try:
        for logical in reader.logical_lines():
            found.append(_instruction(reader, logical))
        _check_order(found)
    except LineError as cause:
        raise DockerfileUnreadable(
            f"the Dockerfile does not parse: {cause}",
            where=f"{name}:{cause.line}",
            next_step=f"correct line {cause.line}; where it continues the line above, that one must end in "
            f"{'a backslash' if reader.escape != '`' else 'a backtick'}",
        ) from cause
    if not found:
        raise DockerfileUnreadable(
            "the Dockerfile holds no instruction", where=name, next_step="write one, or name another with `dockerfile`"
        )
    return Dockerfile(
        name=name,
        text=reader.text,
        directives=tuple(reader.directives),
        instructions=tuple(found),
        comments=tuple(reader.comments),
    )


def _refuse_other_files(data: bytes, name: str) -> None:
    reason = ""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        reason = "it is UTF-16: save it as UTF-8"
    elif b"\0" in data:
        reason = "it holds NUL bytes, so it is no text: name another file with `dockerfile`"
    elif len(data) > LARGEST_BYTES:
        reason = f"it is larger than {LARGEST_BYTES // 1_000_000} MB: name another file with `dockerfile`"
    if reason:
        what, _, next_step = reason.partition(": ")
        raise DockerfileUnreadable(f"the Dockerfile does not parse: {what}", where=name, next_step=next_step)


def _instruction(reader: LineReader, logical: Logical) -> Instruction:
    """The instruction on a logical line; the lines of its heredocs are read on the way."""
    bare = _taken_apart(reader, logical)
    inner = bare.inner or bare
    heredocs: tuple[Heredoc, ...] = ()
    if inner.word in ("ADD", "COPY", "RUN") and not inner.is_json:
        heredocs = tuple(_heredoc(reader, each, logical) for each in openings(logical.text))
    return _taken_apart(reader, logical, heredocs) if heredocs else bare


def _taken_apart(reader: LineReader, logical: Logical, heredocs: tuple[Heredoc, ...] = ()) -> Instruction:
    written, flags, body_at = split(logical.text, reader.escape)
    word = written.upper()
    if word not in KNOWN:
        raise LineError(logical.first_line, f"{_short(written)} is no instruction{_suggestion(word)}")
    body = logical.text[body_at:].strip(GO_SPACE)
    inner: Instruction | None = None
    if word == "ONBUILD":
        if not body:
            raise LineError(logical.first_line, "ONBUILD takes an instruction")
        held_back = split(logical.text[body_at:], reader.escape)[0].upper()
        if held_back in ("ONBUILD", "FROM", "MAINTAINER"):
            raise LineError(logical.first_line, f"ONBUILD cannot hold back {held_back}")
        inner = _taken_apart(reader, _cut(logical, body_at), heredocs)
        values, is_json = inner.arguments, inner.is_json
    else:
        try:
            made = arguments(word, body, reader.escape)
        except ValueError as cause:
            raise LineError(logical.first_line, str(cause)) from cause
        values, is_json = made.values, made.is_json
    return Instruction(
        word=word,
        text=logical.text,
        flags=flags,
        body=body,
        body_at=body_at,
        arguments=values,
        is_json=is_json,
        heredocs=heredocs,
        pieces=logical.pieces,
        first_line=logical.first_line,
        last_line=reader.line,
        start=logical.start,
        end=reader.at,
        inner=inner,
    )


def _cut(logical: Logical, at: int) -> Logical:
    """The logical line from there on."""
    pieces = tuple(
        Piece(
            at=max(piece.at - at, 0),
            source=piece.source + max(at - piece.at, 0),
            length=piece.length - max(at - piece.at, 0),
        )
        for piece in logical.pieces
        if piece.at + piece.length > at
    )
    return Logical(text=logical.text[at:], pieces=pieces, start=logical.start, first_line=logical.first_line)


def _heredoc(reader: LineReader, opened: Opening, logical: Logical) -> Heredoc:
    start = reader.at
    while (physical := reader.next_line()) is not None:
        line, at = physical
        closing = line.rstrip("\r\n")
        if (closing.lstrip("\t") if opened.strips_tabs else closing) == opened.name:
            return Heredoc(
                name=opened.name,
                expands=opened.expands,
                strips_tabs=opened.strips_tabs,
                content=reader.text[start:at],
                start=start,
            )
    raise LineError(logical.first_line, f"the heredoc {_short(opened.name)} is never closed")


_ARGUMENT_COUNTS = {"COPY": 2, "ADD": 2, "FROM": 1, "ENV": 2, "LABEL": 2, "ARG": 1, "EXPOSE": 1, "VOLUME": 1}
_NEEDS_TEXT = ("WORKDIR", "USER", "STOPSIGNAL", "MAINTAINER", "HEALTHCHECK", "SHELL", "RUN")


def _check_order(found: list[Instruction]) -> None:
    """What BuildKit checks after parsing and what else nobody could read: the counts, and FROM in front."""
    in_stage = False
    for each in found:
        least = _ARGUMENT_COUNTS.get(each.word, 1 if each.word in _NEEDS_TEXT else 0)
        if len(each.arguments) < least:
            raise LineError(each.first_line, f"{each.word} takes at least {least} argument{'s' if least > 1 else ''}")
        if each.word == "FROM":
            in_stage = True
            if len(each.arguments) != 1 and not (len(each.arguments) == 3 and each.arguments[1].lower() == "as"):
                raise LineError(each.first_line, "FROM takes an image, or: image AS name")
        elif not in_stage and each.word != "ARG":
            raise LineError(each.first_line, f"{each.word} stands before the first FROM; only ARG may")
    if found and not in_stage:
        raise LineError(found[-1].last_line, "there is no FROM")


def _suggestion(word: str) -> str:
    near = difflib.get_close_matches(word[:20], KNOWN, n=1, cutoff=0.6)
    return f"; did you mean {near[0]}?" if near else ""


def _short(text: str) -> str:
    clean = text.encode("ascii", "backslashreplace").decode()
    return clean if len(clean) <= 40 else clean[:37] + "..."
