"""``jettison verify``: what the report says of its figures, and what the choice made of them, worked out again.

The report room sees records alone and checks numbers, answers, files and the image. What was chosen, what speaks
against a candidate and what to do next is made by other code; it is asked again here, where rooms meet.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from jettison import __version__, report
from jettison.choose import ORIGINAL
from jettison.records import Checked, Report, Score

from .advice import advice
from .choosing import chosen, proved


def verified(folder: Path) -> tuple[Checked, ...]:
    """Every claim of the report in that folder, each with what was found when it was worked out again.

    :raises ReportUnreadable: there is no report, or its figures are of a kind no run can give.
    """
    return report.verified(folder, also=_choice_claims)


def _choice_claims(stated: Report) -> Iterator[Checked]:
    if stated.jettison != __version__:  # other versions weigh and word things otherwise
        return
    yield _same("advice", " ".join(stated.advice), " ".join(advice(stated)))
    if stated.measurements:
        yield from _verdict_claims(stated)
    if stated.final and stated.image and len(stated.proof) == 2:
        original, shipped = stated.proof
        yield _objection("final", stated.final, proved(stated.deployment, original, shipped, stated.image))


def _verdict_claims(stated: Report) -> Iterator[Checked]:
    """The order, the objections and, where no failed proof had the last word, the winner with its reason."""
    said, found = stated.verdict, chosen(stated.deployment, stated.measurements)
    yield _same("verdict: order", ", ".join(said.order), ", ".join(found.order))
    scores = {score.candidate: score for score in said.scores}
    for score in found.scores:
        yield _objection(f"candidate {score.candidate}", scores.pop(score.candidate, None), score)
    for name in scores:
        yield Checked(claim=f"candidate {name}: what speaks against it", stated="judged", found="not run", holds=False)
    if said.winner == found.winner:
        yield _same("verdict: reason", said.reason, found.reason)
        yield _same("verdict: items that would decide", str(said.needed_items), str(found.needed_items))
    else:
        # The data of a proof that failed are not in the report: its sentence stands for them.
        could = found.winner != ORIGINAL and said.winner in ("fp32", ORIGINAL) and "was not proved: " in said.reason
        yield Checked(claim="verdict: winner", stated=said.winner, found=found.winner, holds=could)


def _objection(name: str, stated: Score | None, found: Score) -> Checked:
    claim = f"{name}: what speaks against it"
    return _same(claim, (stated.objection or "nothing") if stated else "not judged", found.objection or "nothing")


def _same(claim: str, stated: str, found: str) -> Checked:
    return Checked(claim=claim, stated=stated, found=found, holds=stated == found)
