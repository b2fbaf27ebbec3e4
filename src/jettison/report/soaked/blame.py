"""The lines that a soak blames, who holds what they keep, and the settings that helped: for both forms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

from ...records import Allocations, Remedies, Site, Soak, Suspect, TriedSetting
from ...records.allocation import LEAST_BYTES_PER_REQUEST
from ..figures import bytes_text, seconds_text, significant, visible

_INSTALLED = re.compile(r"^.*/(?:(?:site|dist)-packages|lib/python3\.\d+)/")
_MOST_LINES = 3
_MOST_CALLS = 12
_EXPLAINED = 0.3
"""Windows and meters are asked the same requests, in other shares."""
_ROOM_BYTES = 100_000_000
_RECYCLING = {"gunicorn": "gunicorn's --max-requests", "uvicorn": "uvicorn's --limit-max-requests"}


@dataclass(frozen=True, kw_only=True)
class Blame:
    """One line."""

    endpoint: str
    sentence: str
    holder: str
    """Empty where nothing in Python holds what is kept."""
    source: tuple[tuple[int, str, bool], ...]
    """Line number, text, and whether it is the line itself."""
    stack: tuple[str, ...]
    """Innermost call first."""


@dataclass(frozen=True, kw_only=True)
class Tried:
    """One row of the settings that were tried."""

    name: str
    says: str
    setting: str
    resident: str
    peak: str
    latency: str
    added: str
    ruling: str
    words: str


def blames(window: Allocations) -> tuple[Blame, ...]:
    """The lines to blame, the first one first; of libraries' lines only where the service's own have no part."""
    accused = list(window.accused)
    if not accused and window.died:
        accused = [site for site in window.sites if site.bytes_per_request >= LEAST_BYTES_PER_REQUEST]
    accused = [site for site in accused if site.own] or accused
    return tuple(_blame(window, site) for site in accused[:_MOST_LINES])


def _blame(window: Allocations, site: Site) -> Blame:
    where = f" in {visible(site.function, 60)}" if site.function else ""
    how = ", in C code that it calls" if site.native else ""
    made = f", allocated at {visible(site.allocated_at, 160)}" if site.allocated_at else ""
    ratio = (
        f"; twice as many requests left {significant(site.doubled)} times as much"
        if site.doubled and not window.died
        else ""
    )
    of = "every request" if not window.died else "every request until it ended"
    kept = bytes_text(site.bytes_per_request)
    return Blame(
        endpoint=visible(window.endpoint, 80),
        sentence=f"{visible(_short(site.place), 160)}{where} keeps {kept} of {of}{made}{how}{ratio}",
        holder=_holder(site),
        source=tuple((number, visible(text.rstrip(), 140), number == site.line) for number, text in site.source),
        stack=tuple(
            visible(f"{frame.function or '?'}  {_short(frame.file)}:{frame.line}", 200)
            for frame in site.stack[:_MOST_CALLS]
        ),
    )


def _short(place: str) -> str:
    """A library's file as it is imported: ``flask/app.py``."""
    return _INSTALLED.sub("", place)


def _holder(site: Site) -> str:
    found = site.holder
    if found is None:
        return ""
    kept = f", with {visible(found.kept, 60)} objects" if "." in found.kept else ""
    others = [each for each in found.filled_at if each != site.place]
    filled = f"; filled at {', '.join(visible(each, 100) for each in others)}" if others else ""
    return f"{visible(found.sentence, 200)}{kept}{filled}"


def remarks(found: Soak) -> Iterator[str]:
    """What is to be said about the windows as a whole."""
    for window in found.windows:
        name = visible(window.endpoint, 80)
        if window.died:
            yield f"{name}: the service ended while its allocations were noted ({visible(window.died, 200)})"
        kept = next((each.kept for each in found.growths if each.endpoint == window.endpoint), None)
        seen = sum(site.bytes_per_request for site in window.accused)
        if kept is not None and kept.estimate > 0 and not window.died and seen < _EXPLAINED * kept.estimate:
            yield (
                f"{name}: {window.tracer} saw {bytes_text(seen)} of the {bytes_text(kept.estimate)} that a request "
                "keeps; the rest comes from C code that takes its memory where it is not seen"
            )
        yield from (visible(note, 300) for note in window.notes)
    if last := recycling(found):
        yield last


def recycling(found: Soak) -> str:
    """The last resort, where something leaks: after how many requests a worker is to be let go; else empty."""
    option = next((_RECYCLING[word] for part in found.command for word in _RECYCLING if part.endswith(word)), "")
    worst = max((each.kept.high for each in found.growths if each.cause == "leak" and each.kept), default=0.0)
    if worst <= 0 or not option:
        return ""
    room = (found.limit_bytes or _ROOM_BYTES * 4) / 4
    requests = max(1, int(room / worst))
    requests -= requests % 10 ** max(0, len(str(requests)) - 2)  # two digits of it, and never more than there is room
    kept = bytes_text(max(room, worst))
    return (
        f"until it is mended, {option} {requests} lets a worker go before it has kept {kept}; "
        "the one that follows needs room beside it while it starts"
    )


def measured(found: Soak, suspect: Suspect) -> bool:
    """A window shows that this line keeps something."""
    for window in found.windows:
        for site in window.accused:
            named = site.holder is not None and (
                suspect.place in site.holder.filled_at or (suspect.name != "" and suspect.name in site.holder.names)
            )
            if suspect.place in (site.place, site.allocated_at) or named:
                return True
    return False


def suspects(found: Soak) -> tuple[tuple[Suspect, bool], ...]:
    """Lines that are known to cost memory, those first that were also measured to."""
    marked = [(suspect, measured(found, suspect)) for suspect in found.suspects]
    return tuple(sorted(marked, key=lambda each: not each[1]))


def tried(found: Remedies) -> tuple[Tried, ...]:
    """The untouched service first, then what helped, then the rest."""
    rest = [each for each in found.trials if each not in found.kept]
    return tuple(_tried(found, each) for each in (found.untouched, *found.kept, *rest))


def _tried(found: Remedies, trial: TriedSetting) -> Tried:
    untouched, kept = trial is found.untouched, trial in found.kept
    words = "" if untouched else "helps" if kept else trial.failed or "no gain beyond the noise"
    return Tried(
        name=trial.name,
        says=trial.says,
        setting=" ".join(f"{name}={value}" for name, value in trial.environment),
        resident=bytes_text(median(trial.resident_bytes)) if trial.resident_bytes else "",
        peak=bytes_text(median(trial.peak_bytes)) if trial.peak_bytes else "",
        latency=seconds_text(median(trial.seconds)) if trial.seconds else "",
        added=bytes_text(trial.added_bytes) if trial.added_bytes else "",
        ruling="" if untouched else "proved" if kept else "not-asked",
        words=visible(words, 200),
    )
