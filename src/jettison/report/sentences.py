"""What a report says in words: the closing line, the outcome, the doubts. Only with figures that its records carry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ..records import Doubt, Headline, Judgement, Known, Report
from .figures import confidence_text, headline_text, in_unit, interval_text, scores_text, significant, visible
from .sides import ORIGINAL

Figures: TypeAlias = Mapping[str, Headline]
"""Headlines by their keys."""

State = Literal["proved", "undecided", "refuted", "kept", "measured", "open"]

STATE_WORDS: dict[State, str] = {
    "proved": "Proved",
    "undecided": "Undecided",
    "refuted": "Refuted",
    "kept": "Kept as it is",
    "measured": "Measured",
    "open": "Not proved yet",
}

DOUBTS: dict[Doubt, str] = {
    "unstable": "The latency did not settle: three windows in a row never agreed within 10 %.",
    "few samples": "There are too few samples for narrow intervals.",
    "stand-in environment": "It ran in the nearest environment that could be had, not in the one it asks for.",
    "one core": "The service and the sender of the requests shared one core.",
    "answers changed under load": "Some answers under load differ from those given one at a time.",
    "load average": "Other work kept this machine busy during the measurement.",
}

KNOWN_WORDS: dict[Known, str] = {
    "built": "read from bytes that jettison wrote",
    "weighed": "read from the index or mirror that serves the bytes",
    "table": "from a dated table",
}


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How the run ended, in a word and in sentences."""

    state: State
    text: str

    @property
    def word(self) -> str:
        """The state as a person says it."""
        return STATE_WORDS[self.state]


def by_key(headlines: tuple[Headline, ...]) -> dict[str, Headline]:
    """Headlines by their keys; of two with one key, the first."""
    found: dict[str, Headline] = {}
    for headline in headlines:
        found.setdefault(headline.key, headline)
    return found


def closing_line(report: Report, figures: Figures) -> str:
    """One line worth sharing: ``pronounce: 9.11 GB → 131 MB (69.7× smaller), 11.1× faster; loss ≤ 0.250 points``."""
    name = visible(report.deployment.name, 60)
    if report.image is None and report.verdict.winner == ORIGINAL:
        return f"{name}: nothing better found, kept as it is{_costs(figures)}"
    gains = ", ".join((*_smaller(figures), *_faster(figures), *_lighter(figures)))
    return f"{name}: " + "; ".join(
        part for part in (gains, ", ".join(_right(report, figures)), _open_limits(report)) if part
    )


def _costs(figures: Figures) -> str:
    size, latency = figures.get("original: image, unpacked"), figures.get("original: median latency")
    costs = [headline_text(size)] if size else []
    if latency:
        costs.append(f"{headline_text(latency)} a request")
    return f" ({', '.join(costs)})" if costs else ""


def _smaller(figures: Figures) -> Iterator[str]:
    for name, words in (("image, unpacked", ""), ("model", "model ")):
        before, after, factor = (figures.get(f"{subject}: {name}") for subject in ("original", "now", "change"))
        if before and after and factor:
            change = change_words(factor, "smaller", "larger", "as large")
            yield f"{words}{headline_text(before)} → {headline_text(after)} ({change})"
            return


def _faster(figures: Figures) -> Iterator[str]:
    if speed := figures.get("change: latency"):
        yield change_words(speed, "faster", "slower", "as fast")


def _lighter(figures: Figures) -> Iterator[str]:
    if memory := figures.get("change: peak memory"):
        yield change_words(memory, "less memory", "more memory", "as much memory")


def change_words(factor: Headline, better: str, worse: str, same: str) -> str:
    """``11.1× faster``, ``1.20× slower``; no difference is claimed within 2 %, or where the interval holds 1."""
    interval = factor.interval
    low, high = (interval.low, interval.high) if interval else (factor.value / 1.02, factor.value * 1.02)
    if low > 1:
        return f"{headline_text(factor)} {better}"
    return f"{significant(1 / factor.value)}× {worse}" if high < 1 else same


def _right(report: Report, figures: Figures) -> Iterator[str]:
    equal, sent = figures.get("now: answers equal"), figures.get("now: requests compared")
    if equal and sent:
        yield f"answers equal on {headline_text(equal)} of {headline_text(sent)} requests{scores_text(report.replay)}"
    loss = figures.get("change: loss")
    if report.final and loss and loss.interval:
        yield f"loss ≤ {in_unit(loss.interval.high, 'points')} ({confidence_text(loss.interval.confidence)})"


def _open_limits(report: Report) -> str:
    missed = [
        one for one in (report.final.judgements if report.final else ()) if one.ruling in ("refuted", "undecided")
    ]
    return ", ".join(f"{one.ruling}: {visible(one.limit)}" for one in missed)


def outcome(report: Report) -> Outcome:
    """How the run ended."""
    winner = visible(report.verdict.winner, 60)
    reason = visible(report.verdict.reason, 400).removeprefix(f"{winner}: ")
    kept = report.verdict.winner == ORIGINAL
    if report.final is None:
        if kept:
            return Outcome(state="kept", text=f"{_capital(reason)}.")
        return Outcome(
            state="open",
            text=f"{winner} wins among the candidates: {reason}. No finished image was held against the original.",
        )
    rulings = {judgement.ruling for judgement in report.final.judgements}
    held = "; ".join(judgement_text(judgement) for judgement in report.final.judgements)
    state: State = "refuted" if "refuted" in rulings else "undecided" if "undecided" in rulings else "proved"
    what = f"{winner} {'ships' if state == 'proved' else 'was packed'}: {reason}."
    if kept:
        what = f"The model stays as it is ({reason}); the image around it is new."
    if rulings <= {"not asked"}:
        return Outcome(state="measured", text=f"{what} No limit was asked for, so nothing is proved: {held}.")
    return Outcome(state=state, text=f"{what} {_capital(held)}.")


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def judgement_text(judgement: Judgement) -> str:
    """``loss of accuracy at most 0.5 points: proved (0.100 points, at most 0.250 points at 95 % confidence)``."""
    details = [estimate_text(judgement)] if judgement.interval else []
    if judgement.interval and judgement.interval.samples > 1:
        details.append(f"{judgement.interval.samples:,} samples")
    if judgement.needed_samples:
        details.append(f"about {judgement.needed_samples:,} samples would decide")
    if judgement.note:
        details.append(visible(judgement.note))
    ruling = "" if judgement.ruling == "not asked" else f": {judgement.ruling}"
    return f"{visible(judgement.limit)}{ruling}" + (f" ({', '.join(details)})" if details else "")


def estimate_text(judgement: Judgement) -> str:
    """The estimate with its bound: one-sided for a loss or what is kept, both ends for bytes or seconds."""
    interval, unit = judgement.interval, judgement.unit
    if interval is None:
        return "not measured"
    if interval.low == interval.high:
        return in_unit(interval.estimate, unit)
    confidence = f"at {confidence_text(interval.confidence)} confidence"
    if unit == "points":
        return f"{in_unit(interval.estimate, unit)}, at most {in_unit(interval.high, unit)} {confidence}"
    if unit == "share":
        return f"{in_unit(interval.estimate, unit)}, at least {in_unit(interval.low, unit)} {confidence}"
    return f"{in_unit(interval.estimate, unit)}, {interval_text(interval, unit)} {confidence}"


def doubts(report: Report) -> tuple[str, ...]:
    """Every reason to distrust a number, in sentences that say whose number it is."""
    made = []
    for one in (*report.measurements, *report.proof):
        whose, stand_in = f"{visible(one.candidate, 60)} ({one.level})", visible(one.environment.stand_in)
        made += [f"{whose}: {DOUBTS[doubt]}" for doubt in one.doubts]
        if stand_in:
            made.append(f"{whose}: {stand_in}.")
    return tuple(dict.fromkeys(made))
