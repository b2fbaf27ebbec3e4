"""What must hold after any conversion: the logits of the converted model are those of the reference."""

from __future__ import annotations

from collections.abc import Sequence

from jettison.records import Check
from jettison.runtimes.onnxruntime import Decoded

from .architectures import Teacher
from .forms import Form


def check(teacher: Teacher, prompts: Sequence[Sequence[int]], answers: Sequence[Decoded]) -> Check:
    """Compare teacher-forced logits, step by step, along the answers that the converted model gave."""
    import numpy as np

    worst, cosines, agreed, steps = 0.0, [], 0, 0
    for prompt, answer in zip(prompts, answers, strict=True):
        expected = teacher.logits(prompt, answer.output_ids[:-1])
        got = answer.logits
        worst = max(worst, float(np.abs(expected - got).max() / np.abs(expected).max()))
        lengths = np.linalg.norm(expected, axis=1) * np.linalg.norm(got, axis=1)
        cosines += ((expected * got).sum(axis=1) / lengths).tolist()
        agreed += int((expected.argmax(axis=1) == got.argmax(axis=1)).sum())
        steps += len(got)
    return Check(
        reference="numpy, from the same weights in 32-bit floats",
        worst_difference=worst,
        cosine=float(np.mean(cosines)),
        agreement=agreed / steps,
        steps=steps,
    )


def wrong(form: Form, found: Check) -> str | None:
    """Why a conversion may not go on; None when it may. A NaN is wrong in every comparison."""
    if not found.cosine >= form.least_cosine:
        return (
            f"its logits point elsewhere: mean cosine {found.cosine:.5f} with the reference, {form.least_cosine} asked"
        )
    if not found.worst_difference <= form.worst_difference:
        return (
            f"a logit is off by {found.worst_difference:.2%} of the largest one, "
            f"{form.worst_difference:.2%} is the most that {form.name} may differ"
        )
    return None
