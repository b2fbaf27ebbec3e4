"""RUN lines that take away what an earlier one left: the layer in between keeps it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..records import Change
from .builds import Build, Line
from .found import changed
from .joining import joined, run_lines_between
from .traces import Trace, covers, made, removed


@dataclass(frozen=True, kw_only=True)
class TakenBack:
    """A RUN line that removes, moves or writes anew what an earlier one of its stage made."""

    maker: Line
    """The last one that made some of it."""
    remover: Line
    traces: tuple[Trace, ...]
    """What was made, each once."""


def taken_back(build: Build) -> tuple[TakenBack, ...]:
    """Of all stages that ship, by the line that removes."""
    if taken_back not in build.worked_out:
        build.worked_out[taken_back] = tuple(_of_build(build))
    found: tuple[TakenBack, ...] = build.worked_out[taken_back]
    return found


def _of_build(build: Build) -> Iterator[TakenBack]:
    for stage in build.shipped:
        lines = [line for line in build.of_stage(stage) if line.runs]
        if len(lines) > 1:
            yield from _of_stage(lines)


def goes_with_its_maker(build: Build, line: Line, cache: str) -> bool:
    """Whether L03 makes one RUN of this line, which leaves a cache, and of the one that removes it.

    :param cache: the name of its trace: ``apt``, ``pip``.
    """
    return any(
        pair.maker is line
        and any((trace.kind, trace.name) == ("cache", cache) for trace in pair.traces)
        and as_one(build, pair.maker, pair.remover)[0]
        for pair in taken_back(build)
    )


def _of_stage(lines: Sequence[Line]) -> Iterator[TakenBack]:
    left: list[tuple[Line, Trace]] = []
    for line in lines:
        own = [trace for run in line.runs for trace in made(run, ())]
        gone = [trace for run in line.runs for trace in removed(run)]
        foreign = [trace for trace in gone if not any(covers(trace, each) for each in own)]
        found = [each for each in left if any(covers(taken, each[1]) for taken in foreign)] if foreign else []
        if found:
            names = {(trace.kind, trace.name): trace for _, trace in found}
            yield TakenBack(maker=found[-1][0], remover=line, traces=tuple(names.values()))
            left = [each for each in left if each not in found]
        left += [(line, trace) for run in line.runs for trace in made(run, line.runs) if _stays(trace, gone)]


def _stays(trace: Trace, gone: Sequence[Trace]) -> bool:
    return not any(covers(taken, trace) for taken in gone)


def as_one(build: Build, maker: Line, remover: Line) -> tuple[tuple[Change, ...], str]:
    """The change that makes one RUN of the two and those between them; when there is none, why, in a clause."""
    between = run_lines_between(build, maker, remover)
    if not between:
        return (), "other instructions stand between them"
    joining = joined(build.dockerfile, between)
    return ((changed(build.path, joining.edits),) if joining.edits else ()), joining.refused
