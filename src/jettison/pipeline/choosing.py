"""Which candidate, under the service's limits: once when a run ends, and again when its report is verified."""

from __future__ import annotations

from collections.abc import Sequence

from jettison.choose import score, verdict
from jettison.records import Deployment, Image, Measurement, Score, Verdict


def chosen(deployment: Deployment, measurements: Sequence[Measurement]) -> Verdict:
    """The best on the selection data; the baseline first, of at least one."""
    truth = deployment.truth
    return verdict(
        measurements,
        deployment.limits,
        metric=truth.metric if truth else "",
        verdict_items=len(truth.verdict) if truth else len(deployment.requests),
    )


def proved(deployment: Deployment, original: Measurement, shipped: Measurement, image: Image) -> Score:
    """The finished image held against the original on the verdict data."""
    truth = deployment.truth
    return score(
        original,
        shipped,
        deployment.limits,
        metric=truth.metric if truth else "",
        image_bytes=image.unpacked_bytes,
    )
