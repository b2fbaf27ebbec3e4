"""Prepare the peers, ask every cell in interleaved rounds, stop when the time is up."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jettison.commands.arguments import workspace
from jettison.statistics import median

from .cells import SIZES, Cell, cells
from .crew import Lost, Serving, Station, station
from .roof import read_bytes_per_second

EXAMPLE = Path(__file__).parent.parent.parent / "examples" / "summarize"
_FEWEST = 3
"""Rounds that a cell which was begun gets in any case."""
_HOPELESS = 40.0
"""Seconds of a single answer beyond which a peer is not asked that cell again."""


@dataclass(frozen=True, kw_only=True)
class Contest:
    """One run."""

    work: Path
    sizes: tuple[str, ...]
    peers: tuple[str, ...]
    only: str
    seconds: float


@dataclass(kw_only=True)
class Found:
    """What was seen so far; written as it stands."""

    seconds: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    """Cell → peer → seconds of each round."""
    agreement: dict[str, dict[str, float]] = field(default_factory=dict)
    """Cell → peer → share of the tokens that are the baseline's."""
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
        for size in self.contest.sizes:
            self._convert(size, stations)
        print(f"set up after {time.monotonic() - began:.0f} s", flush=True)
        waiting = [cell for cell in cells() if cell.size in self.contest.sizes and self.contest.only in cell.name]
        for size, threads in dict.fromkeys((cell.size, cell.threads) for cell in waiting):
            with contextlib.ExitStack() as stack:
                crew = dict(self._started(size, threads, stations, stack))
                for cell in waiting:
                    if (cell.size, cell.threads) == (size, threads):
                        self._visit(cell, crew)
                for module, serving in crew.items():
                    self.found.peers[f"{size}/{module}"][f"peak_bytes_{threads}"] = serving.peak_bytes
        self.found.total_seconds = time.monotonic() - began
        return self.found

    def _stations(self) -> Iterator[Station]:
        for module in self.contest.peers:
            print(f"environment: {module}", flush=True)
            try:
                each = station(module, workspace())
            except Lost as cause:
                self.found.lost[module] = str(cause)
                continue
            self.found.names[module] = each.peer.NAME
            yield each

    def _convert(self, size: str, stations: Iterable[Station]) -> None:
        checkpoint = _checkpoint(self.contest.work / size / "checkpoint", size)
        for each in stations:
            print(f"convert: {size} for {each.module}", flush=True)
            folder = self.contest.work / size / each.module
            try:
                made = each.converted(checkpoint, folder)
            except Lost as cause:
                self.found.lost[f"{size}/{each.module}"] = str(cause)
                continue
            self.found.peers[f"{size}/{each.module}"] = {
                "convert_seconds": made["seconds"],
                "convert_peak_bytes": made["peak_bytes"],
                "bytes": each.size_bytes(folder),
                "packages": dict(each.packages),
            }

    def _started(
        self, size: str, threads: int, stations: Iterable[Station], stack: contextlib.ExitStack
    ) -> Iterator[tuple[str, Serving]]:
        for each in stations:
            key = f"{size}/{each.module}"
            if key not in self.found.peers:
                continue
            print(f"start: {key}, threads {threads}", flush=True)
            try:
                serving = stack.enter_context(each.serving(self.contest.work / size / each.module, threads))
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
        _Visit(cell, crew, self.found).rounds(self.until)


class _Visit:
    """One cell: a round to warm up, whose tokens are compared, then the timed ones, the order turned each time."""

    def __init__(self, cell: Cell, crew: Mapping[str, Serving], found: Found) -> None:
        self.cell, self.crew, self.found = cell, crew, found
        self.kept: dict[str, list[float]] = {module: [] for module in crew}
        self.first: dict[str, list[list[int]]] = {}
        self.out: set[str] = set()

    def rounds(self, until: float) -> None:
        for number in range(self.cell.rounds + 1):
            if number > _FEWEST and time.monotonic() > until:
                break
            for module in list(self.crew) if number % 2 else list(self.crew)[::-1]:
                if module not in self.out:
                    self._ask(module, warming=number == 0)
        baseline = self.first.get(next(iter(self.crew)), [])
        self.found.seconds[self.cell.name] = self.kept
        self.found.agreement[self.cell.name] = {name: _same(baseline, got) for name, got in self.first.items()}
        said = ", ".join(f"{name} {1000 * median(each):.0f}" for name, each in self.kept.items() if each)
        print(f"{self.cell.name}: {said}", flush=True)

    def _ask(self, module: str, *, warming: bool) -> None:
        cell = self.cell
        try:
            seconds, tokens = self.crew[module].ask(
                rows=cell.rows, source=cell.prompt, new=cell.new_tokens, beams=cell.beams, seed=1
            )
        except Lost as cause:
            self.found.lost[f"{cell.name}/{module}"] = str(cause)
            self.out.add(module)
            return
        if warming:
            self.first[module] = tokens
            if seconds > _HOPELESS:
                self.out.add(module)
        if not warming or module in self.out:
            self.kept[module].append(seconds)


def _same(baseline: Sequence[Sequence[int]], tokens: Sequence[Sequence[int]]) -> float:
    pairs = [pair for one, other in zip(baseline, tokens, strict=False) for pair in zip(one, other, strict=False)]
    return sum(a == b for a, b in pairs) / len(pairs) if pairs else float("nan")


def _checkpoint(folder: Path, size: str) -> Path:
    """Random weights at a scale at which outputs vary, in the standard geometry; the recipe is the example's."""
    if not (folder / "model.safetensors").is_file():
        spec = importlib.util.spec_from_file_location("make_model", EXAMPLE / "make_model.py")
        assert spec
        assert spec.loader
        recipe = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(recipe)
        settings = json.loads((EXAMPLE / "model" / "config.json").read_text(encoding="utf-8"))
        recipe.main(folder, {**settings, **SIZES[size]})
    return folder
