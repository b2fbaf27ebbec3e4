"""The four key figures of the first screen."""

from __future__ import annotations

from dataclasses import dataclass

from ...records import Headline
from ..figures import headline_text, interval_text
from ..sentences import Figures, change_words


@dataclass(frozen=True, kw_only=True)
class Card:
    """One key figure: original, now, and the factor between them in words."""

    title: str
    original: Headline | None
    now: Headline | None
    words: str
    """Empty when there is nothing to compare with."""
    note: str


def cards(figures: Figures) -> tuple[Card, ...]:
    """Image, latency, memory, cold start; the model stands in for an image that was not built."""
    size = "image, unpacked" if "now: image, unpacked" in figures or "now: model" not in figures else "model"
    made = (
        _card(
            "Image, unpacked" if size != "model" else "Model", size, size, ("smaller", "larger", "as large"), figures
        ),
        _card("Median latency", "median latency", "latency", ("faster", "slower", "as fast"), figures),
        _card("Peak memory", "peak memory", "peak memory", ("less", "more", "as much"), figures),
        _card("Cold start", "cold start", "cold start", ("faster", "slower", "as fast"), figures),
    )
    return tuple(card for card in made if card.original or card.now)


def _card(title: str, name: str, change: str, words: tuple[str, str, str], figures: Figures) -> Card:
    original, now = figures.get(f"original: {name}"), figures.get(f"now: {name}")
    factor = figures.get(f"change: {change}")
    return Card(
        title=title,
        original=original,
        now=now,
        words=change_words(factor, *words) if factor and original and now else "",
        note=_note(name, original, now, factor, figures),
    )


def _note(name: str, original: Headline | None, now: Headline | None, factor: Headline | None, figures: Figures) -> str:
    """How much the figure can be trusted: how bytes are known, intervals, counts of samples."""
    if name.startswith("image"):
        pulled = [figures[key] for key in ("original: image, pulled", "now: image, pulled") if key in figures]
        return "pulled: " + " → ".join(headline_text(one) for one in pulled)
    if factor and factor.interval:
        return f"{interval_text(factor.interval, 'ratio')} over {factor.interval.samples} interleaved rounds"
    counted = now or original
    if name == "peak memory" and counted:
        return "of one start" if counted.samples == 1 else f"largest of {counted.samples} starts"
    if name == "cold start" and counted:
        return f"to the first answer, median of {counted.samples} starts"
    return ""
