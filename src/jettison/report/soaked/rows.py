"""The rows and sentences that both forms of a soak show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...records import Growth, GrowthCause, Interval, Soak
from ..figures import bytes_text, significant, visible

CAUSES: dict[GrowthCause, str] = {
    "leak": "leak",
    "cache": "a cache that filled",
    "shapes": "cache of shapes",
    "retention": "kept by the allocator",
    "workers": "once per worker",
    "clean": "clean",
    "unknown": "not enough evidence",
}
"""In words."""
_ERROR = 400


@dataclass(frozen=True, kw_only=True)
class Row:
    """One endpoint, in figures as people read them."""

    endpoint: str
    cause: str
    ruling: str
    """How the page and the terminal colour it."""
    kept: str
    """Bytes a request with their interval."""
    requests: str
    in_use: str
    """When the last request was answered."""
    resident: str
    left: str
    """Time until the limit."""
    reason: str


def rows(found: Soak) -> tuple[Row, ...]:
    """In the order in which the endpoints were soaked."""
    return tuple(_row(found, each) for each in found.growths)


def outcome(found: Soak) -> str:
    """All of it in a sentence."""
    leaks = [each for each in found.growths if each.cause == "leak"]
    open_ones = [each for each in found.growths if each.is_open]
    count = len(found.growths)
    if leaks:
        worst = max(leaks, key=lambda each: each.kept.estimate if each.kept else 0.0)
        kept = f" {bytes_text(worst.kept.estimate)} of every request" if worst.kept else ""
        rest = f"; {len(leaks)} of {count} endpoints leak" if len(leaks) > 1 else ""
        return f"{visible(worst.endpoint, 80)} keeps{kept}{rest}."
    if open_ones:
        first = open_ones[0]
        new = first.each_new if first.cause == "shapes" else None
        what = f"keeps {_bytes(new.estimate)} of every new size" if new else "could not be decided"
        rest = f"; {len(open_ones)} of {count} endpoints are open" if len(open_ones) > 1 else ""
        return f"{visible(first.endpoint, 80)} {what}{rest}."
    most = max((each.kept.high for each in found.growths if each.kept), default=0.0)
    return (
        f"No leak in {count} {'endpoints' if count != 1 else 'endpoint'}: at most {_bytes(max(0.0, most))} a request."
    )


def sentences(found: Soak) -> Iterator[tuple[str, str]]:
    """(kind, sentence) for everything that is to be said beside the table."""
    for each in found.growths:
        name = visible(each.endpoint, 80)
        yield CAUSES[each.cause], f"{name}: {visible(each.reason, 400)}."
        if each.each_new is not None:
            what = "size" if each.cause == "shapes" else "request"
            yield "", f"{kept_text(each.each_new)} for each new {what}."
        if each.bound_bytes is not None and each.cause in ("cache", "shapes"):
            yield "", f"It takes {bytes_text(each.bound_bytes)}."
        if each.ended:
            yield "ended", f"{name}: {visible(each.ended, 400)}, after {each.requests:,} requests; read until then."
        yield from (("note", f"{name}: {visible(note, 400)}.") for note in each.notes)
        if errors := [(status, count) for status, count in each.statuses if status >= _ERROR]:
            codes = ", ".join(f"{status} {count:,} times" for status, count in errors)
            yield "errors", f"{name}: of {each.requests:,} answers some are errors ({codes})."
        for meter, reason in each.missing:
            yield "no meter", f"{visible(meter)}: {visible(reason)}."
        if each.idle_bytes >= 1:
            yield (
                "idle",
                f"{name}: {_bytes(each.idle_bytes)} in the time of a request while nothing is asked; subtracted.",
            )
        if any(not process.collects for reading in each.readings for process in reading.processes):
            yield (
                "note",
                "The app has switched garbage collection off, so what refers to itself is kept: that counts here.",
            )
    for note in found.notes:
        yield "note", visible(note, 400)


def kept_text(kept: Interval) -> str:
    """``120 B, 112 B to 121 B``."""
    if kept.low == kept.high:
        return _bytes(kept.estimate)
    return f"{_bytes(kept.estimate)}, {_bytes(kept.low)} to {_bytes(kept.high)}"


def _row(found: Soak, growth: Growth) -> Row:
    last = growth.last
    days = found.days_left(growth) if growth.cause == "leak" else None
    return Row(
        endpoint=visible(growth.endpoint, 60),
        cause=CAUSES[growth.cause],
        ruling="refuted" if growth.cause == "leak" else "undecided" if growth.is_open else "proved",
        kept=kept_text(growth.kept) if growth.kept else "",
        requests=f"{growth.requests:,}",
        in_use=bytes_text(last.in_use_bytes) if last else "",
        resident=bytes_text(last.resident_bytes) if last else "",
        left="" if days is None else days_text(days),
        reason=growth.reason,
    )


def days_text(days: float) -> str:
    """``3.2 days``, ``5.1 hours``."""
    if days >= 2:
        return f"{significant(days)} days"
    return f"{significant(days * 24)} hours" if days * 24 >= 1 else f"{significant(days * 1440)} minutes"


def _bytes(value: float) -> str:
    """Bytes a request: below a thousand with a digit behind the point where it is not whole."""
    text = f"{value:.1f} B" if abs(value) < 1000 and value != int(value) else bytes_text(value)
    return text.replace("-", "−")
