"""The rows and sentences that both forms of a soak show of a memory envelope."""

from __future__ import annotations

from collections.abc import Iterator

from ...records import Envelope, Trial
from ..figures import bytes_text, seconds_text, visible


def terms(envelope: Envelope) -> Iterator[tuple[str, str, str]]:
    """(name, size, what it is) of every term of the limit, and their sum."""
    each = bytes_text(envelope.each_bytes)
    yield "base", bytes_text(envelope.base_bytes), "after start and warm-up"
    yield "retained", bytes_text(envelope.retained_bytes), "what stays when the largest requests have been answered"
    yield (
        "at once",
        bytes_text(envelope.concurrency * envelope.each_bytes),
        f"{envelope.concurrency} × {each}, bodies of at most {bytes_text(envelope.max_body_bytes)}",
    )
    yield "files", bytes_text(envelope.files_bytes), "room for the libraries and weights that it uses while it answers"
    starts = len(envelope.mixes)
    yield "margin", bytes_text(envelope.margin_bytes), f"by which {starts} fresh starts differ, at least 1 %"
    if envelope.leaked_bytes:
        kept = bytes_text(envelope.leak_bytes)
        yield "leak", bytes_text(envelope.leaked_bytes), f"{kept} × {envelope.horizon_requests:,} requests"
    if envelope.spare_bytes:
        yield "spare", bytes_text(envelope.spare_bytes), f"a worker that starts beside the {envelope.workers}"
    yield "limit", bytes_text(envelope.limit_bytes), f"of the container's memory: {envelope.limit_bytes >> 20}Mi"


def said(envelope: Envelope, limit_bytes: int | None) -> Iterator[tuple[str, str]]:
    """(kind, sentence) of what was proved and what a reader should know.

    :param limit_bytes: of the container that it is to fit into.
    """
    if limit_bytes is not None:
        fits = envelope.limit_bytes <= limit_bytes
        workers = envelope.workers_within(limit_bytes)
        yield (
            "fits" if fits else "too small",
            f"A container of {bytes_text(limit_bytes)} {'holds it' if fits else 'is too small'}: it has memory for "
            f"{workers} {'worker' if workers == 1 else 'workers'}{' and a spare one' if workers > 1 else ''}.",
        )
    for trial in envelope.trials:
        yield trial.outcome, _trial(trial)
    if envelope.is_padded:
        yield "padded", "It lived under less without a guard: the limit is padded, it needs less than that."
    for ladder in envelope.ladders:
        peaks = ""
        if ladder.rungs:
            first, last, bounds = ladder.rungs[0], ladder.rungs[-1], ladder.bounds
            peaks = f"{bytes_text(bounds[0])} at {first.body_bytes:,} bytes, "
            peaks += f"{bytes_text(bounds[-1])} at {last.body_bytes:,}; "
        yield "sizes", f"{visible(ladder.endpoint, 80)}, {ladder.way}: {peaks}{visible(ladder.ended)}."
    for note in envelope.notes:
        yield "note", f"{visible(note, 400)}."


def _trial(trial: Trial) -> str:
    under = f"Under {bytes_text(trial.limit_bytes)}{'' if trial.guarded else ', its guard off'}"
    if trial.outcome == "held":
        answers = sum(count for status, count in trial.statuses if status)
        seconds = seconds_text(trial.seconds)
        return f"{under}: {answers:,} answers in {seconds}, no kill; {trial.share:.0%} of it was in use at the peak."
    if trial.outcome == "refused":
        return f"{under}: it does not start: {visible(trial.said.splitlines()[-1].partition(': ')[2], 200)}"
    return f"{under}: {visible(trial.said, 300)}."
