"""Prepare the peers of a shelf, ask every cell in interleaved rounds, stop when the time is up."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jettison.commands.arguments import workspace
from jettison.statistics import median

from .crew import Lost, Serving, Station, station
from .roof import read_bytes_per_second

_FEWEST = 3
"""Rounds that a cell which was begun gets in any case."""
_HOPELESS = 40.0
"""Seconds of a single answer beyond which a peer is not asked that cell again."""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One question, asked of every peer in every round."""

    name: str
    model: str
    """A key of `Contest.models`."""
    question: Mapping[str, Any]
    """As the shelf's `asking` reads it."""
    threads: int = 1
    rounds: int = 9
    later: bool = False
    """Only asked when every other cell has been."""


@dataclass(frozen=True, kw_only=True)
class Contest:
    """One run."""

    shelf: Path
    models: Mapping[str, Callable[[Path], Path]]
    """Name of a model → what makes its checkpoint in a folder, unless it is there, and gives the folder back."""
    cells: tuple[Cell, ...]
    """What matters most first."""
    peers: tuple[str, ...]
    """The first is the baseline."""
    likeness: Callable[[Mapping[str, Any], Mapping[str, Any]], float]
    """How like the baseline's answer another one is: 1 when they are the same."""
    work: Path
    seconds: float
    patience: float | None = None
    """Seconds that one conversion may take; None: as long as it does."""
    apart: bool = False
    """Each model by itself, its files removed when it is done: where there are many."""
    kept: Callable[[Found], object] = lambda found: None
    """Given what was seen so far after every model, so that a run that is killed leaves it."""


@dataclass(kw_only=True)
class Found:
    """What was seen so far; written as it stands."""

    seconds: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    """Cell → peer → seconds of each round."""
    agreement: dict[str, dict[str, float]] = field(default_factory=dict)
    """Cell → peer → likeness with the baseline's answer."""
    peers: dict[str, dict[str, Any]] = field(default_factory=dict)
    """``small/eager`` → bytes, conversion, load and peak memory."""
    lost: dict[str, str] = field(default_factory=dict)
    roofs: list[float] = field(default_factory=list)
    """Bytes a second that one core reads, measured between the cells."""
    skipped: list[str] = field(default_factory=list)
    """Cells that the time did not reach."""
    names: dict[str, str] = field(default_factory=dict)
    total_seconds: float = 0.0


def run(contest: Contest) -> Found:
    """All cells that fit into the time."""
    return _Run(contest).all()


class _Run:
    def __init__(self, contest: Contest) -> None:
        self.contest = contest
        self.found = Found()
        self.until = time.monotonic() + contest.seconds

    def all(self) -> Found:
        began = time.monotonic()
        stations = list(self._stations())
        models = tuple(dict.fromkeys(cell.model for cell in self.contest.cells))
        for together in [(model,) for model in models] if self.contest.apart else [models]:
            cells = [cell for cell in self.contest.cells if cell.model in together]
            if time.monotonic() > self.until:
                self.found.skipped += [cell.name for cell in cells]
                continue
            for model in together:
                self._convert(model, stations)
            print(f"set up after {time.monotonic() - began:.0f} s", flush=True)
            self._ask(cells, stations)
            if self.contest.apart:
                shutil.rmtree(self.contest.work / together[0], ignore_errors=True)
            self.found.total_seconds = time.monotonic() - began
            self.contest.kept(self.found)
        self.found.total_seconds = time.monotonic() - began
        return self.found

    def _ask(self, cells: Sequence[Cell], stations: Iterable[Station]) -> None:
        in_turn = sorted(cells, key=lambda cell: cell.later)
        for later, model, threads in dict.fromkeys((cell.later, cell.model, cell.threads) for cell in in_turn):
            group = [cell for cell in in_turn if (cell.later, cell.model, cell.threads) == (later, model, threads)]
            if time.monotonic() > self.until:
                self.found.skipped += [cell.name for cell in group]
                continue
            with contextlib.ExitStack() as stack:
                crew = dict(self._started(model, threads, stations, stack))
                for cell in group:
                    self._visit(cell, crew)
                for module, serving in crew.items():
                    self.found.peers[f"{model}/{module}"][f"peak_bytes_{threads}"] = serving.peak_bytes

    def _stations(self) -> Iterator[Station]:
        for module in self.contest.peers:
            print(f"environment: {module}", flush=True)
            try:
                each = station(self.contest.shelf, module, workspace())
            except Lost as cause:
                self.found.lost[module] = str(cause)
                continue
            self.found.names[module] = each.peer.NAME
            yield each

    def _convert(self, model: str, stations: Iterable[Station]) -> None:
        try:
            checkpoint = self.contest.models[model](self.contest.work / model / "checkpoint")
        except Lost as cause:
            self.found.lost |= {f"{model}/{each.module}": str(cause) for each in stations}
            return
        for each in stations:
            print(f"convert: {model} for {each.module}", flush=True)
            folder = self.contest.work / model / each.module
            try:
                made = each.converted(checkpoint, folder, patience=self.contest.patience)
            except Lost as cause:
                self.found.lost[f"{model}/{each.module}"] = str(cause)
                continue
            self.found.peers[f"{model}/{each.module}"] = {
                "convert_seconds": made["seconds"],
                "convert_peak_bytes": made["peak_bytes"],
                "bytes": each.size_bytes(folder),
                "packages": dict(each.packages),
            }

    def _started(
        self, model: str, threads: int, stations: Iterable[Station], stack: contextlib.ExitStack
    ) -> Iterator[tuple[str, Serving]]:
        for each in stations:
            key = f"{model}/{each.module}"
            if key not in self.found.peers:
                continue
            print(f"start: {key}, threads {threads}", flush=True)
            try:
                serving = stack.enter_context(each.serving(self.contest.work / model / each.module, threads))
            except Lost as cause:
                self.found.lost[key] = str(cause)
                continue
            self.found.peers[key][f"load_seconds_{threads}"] = serving.load_seconds
            yield each.module, serving

    def _visit(self, cell: Cell, crew: Mapping[str, Serving]) -> None:
        if time.monotonic() > self.until:
            self.found.skipped.append(cell.name)
            return
        self.found.roofs.append(read_bytes_per_second(rounds=3))
        _Visit(cell, crew, self.found, self.contest).rounds(self.until)


class _Visit:
    """One cell: a round to warm up, whose answers are compared, then the timed ones, the order turned each time."""

    def __init__(self, cell: Cell, crew: Mapping[str, Serving], found: Found, contest: Contest) -> None:
        self.cell, self.crew, self.found, self.contest = cell, crew, found, contest
        self.kept: dict[str, list[float]] = {module: [] for module in crew}
        self.first: dict[str, Mapping[str, Any]] = {}
        self.out: set[str] = set()

    def rounds(self, until: float) -> None:
        for number in range(self.cell.rounds + 1):
            if number > _FEWEST and time.monotonic() > until:
                break
            for module in list(self.crew) if number % 2 else list(self.crew)[::-1]:
                if module not in self.out:
                    self._ask(module, warming=number == 0)
        self.found.seconds[self.cell.name] = self.kept
        baseline = self.first.get(self.contest.peers[0])
        if baseline is not None:
            likeness = {name: self.contest.likeness(baseline, answer) for name, answer in self.first.items()}
            self.found.agreement[self.cell.name] = likeness
        said = ", ".join(f"{name} {1000 * median(each):.0f}" for name, each in self.kept.items() if each)
        print(f"{self.cell.name}: {said}", flush=True)

    def _ask(self, module: str, *, warming: bool) -> None:
        try:
            seconds, answer = self.crew[module].ask(**self.cell.question)
        except Lost as cause:
            self.found.lost[f"{self.cell.name}/{module}"] = str(cause)
            self.out.add(module)
            return
        if warming:
            self.first[module] = answer
            if seconds > _HOPELESS:
                self.out.add(module)
        if not warming or module in self.out:
            self.kept[module].append(seconds)
