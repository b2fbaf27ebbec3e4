"""Numbers and foreign text as people can read them: three significant digits, a unit, nothing invisible."""

from __future__ import annotations

import math
import unicodedata

from ..records import Headline, Interval, Replay, Unit

BYTE_UNITS = ("B", "kB", "MB", "GB", "TB")
SECOND_UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"))

UNITS_SAID = "1 MB is 10⁶ bytes; figures have three significant digits here and all of them in report.json."


def significant(value: float) -> str:
    """Three significant digits, thousands apart, a real minus sign: ``0.0123``, ``52.6``, ``1,230``."""
    rounded = float(f"{value:.2e}")
    if rounded == 0:
        return "0"
    digits = max(0, 2 - math.floor(math.log10(abs(rounded))))
    return f"{rounded:,.{digits}f}".replace("-", "−")


def bytes_text(value: float) -> str:
    """``7.41 GB``: the unit that leaves one to three digits before the point."""
    power = 0
    while power < len(BYTE_UNITS) - 1 and abs(float(f"{value / 1000**power:.2e}")) >= 1000:
        power += 1
    digits = significant(value / 1000**power) if power else f"{value:,.0f}"
    return f"{digits} {BYTE_UNITS[power]}"


def seconds_text(value: float) -> str:
    """``1.52 s``, ``8.31 ms``, ``412 µs``."""
    for size, unit in SECOND_UNITS:
        if abs(float(f"{value / size:.2e}")) >= 1:
            return f"{significant(value / size)} {unit}"
    return f"{significant(value / 1e-6)} µs"


def in_unit(value: float, unit: Unit) -> str:
    """A value with its unit, as every format prints it."""
    match unit:
        case "bytes":
            return bytes_text(value)
        case "seconds":
            return seconds_text(value)
        case "ratio":
            return f"{significant(value)}×"
        case "points":
            return f"{significant(value)} points"
        case "share":
            return f"{significant(100 * value)} %"
        case "count":
            return f"{value:,.0f}"


def headline_text(headline: Headline) -> str:
    """A headline's value with its unit, and a sign before it when it is a bound."""
    return f"{headline.bound} {in_unit(headline.value, headline.unit)}".strip()


def interval_text(interval: Interval, unit: Unit) -> str:
    """``10.9× to 11.6×``."""
    return f"{in_unit(interval.low, unit)} to {in_unit(interval.high, unit)}"


def confidence_text(confidence: float) -> str:
    """``95 %``."""
    return f"{100 * confidence:.4g} %"


def visible(text: str, most: int = 200) -> str:
    """Foreign text without what a terminal or a page would act on instead of showing.

    Control and direction-changing characters are spelled out; of a text longer than `most`, the middle is left out.
    """
    if len(text) > most:
        head, tail = text[: most * 2 // 3], text[-most // 3 :]
        return f"{visible(head, most)} … {len(text) - len(head) - len(tail):,} characters … {visible(tail, most)}"
    return "".join(f"\\x{ord(c):02x}" if unicodedata.category(c) in ("Cc", "Cf", "Cs") else c for c in text)


def scores_text(replay: Replay | None) -> str:
    """How far scores may lie apart in answers that count as equal, where the settings say it; else nothing."""
    return f", scores within {replay.scores_within:g}" if replay and replay.scores_within else ""
