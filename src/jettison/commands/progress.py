"""Draws the progress of long work on stderr: a live bar on a terminal, a line a step elsewhere."""

from __future__ import annotations

import sys
import time
from typing import TypeVar

from jettison.records import Steps

T = TypeVar("T")

_QUIET_SECONDS = 20.0
"""Without a terminal a line says at least this often that the work goes on."""


def drawn(work: Steps[T]) -> T:
    """Run the work, show how far it is, and give back its result."""
    return _live(work) if sys.stderr.isatty() else _lines(work)


def _live(work: Steps[T]) -> T:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("[bold]{task.description:<13}"),
        BarColumn(bar_width=28),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("[dim]{task.fields[note]}"),
    )
    with Progress(*columns, console=Console(stderr=True)) as bars:
        shown, task = "", None
        while True:
            try:
                moment = next(work)
            except StopIteration as end:
                if task is not None:
                    bars.update(task, note="", total=1, completed=1)
                result: T = end.value
                return result
            if moment.step != shown or task is None:
                if task is not None:
                    bars.update(task, note="", total=1, completed=1)
                shown, task = moment.step, bars.add_task(moment.step, total=None, note=moment.note)
            if moment.total:
                bars.update(task, total=moment.total, completed=moment.done, note=moment.note)
            else:
                bars.update(task, note=moment.note)


def _lines(work: Steps[T]) -> T:
    start = time.monotonic()
    shown, last = "", -_QUIET_SECONDS
    while True:
        try:
            moment = next(work)
        except StopIteration as end:
            result: T = end.value
            return result
        now = time.monotonic() - start
        if moment.step != shown or now - last > _QUIET_SECONDS:
            shown, last = moment.step, now
            part = f" {moment.done / moment.total:.0%}" if moment.total else ""
            sys.stderr.write(f"{now:6.0f} s  {moment.step}{part}{': ' + moment.note if moment.note else ''}\n")
            sys.stderr.flush()
