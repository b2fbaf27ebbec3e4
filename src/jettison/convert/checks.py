"""What must hold after any conversion: the numbers of the converted model are those of the reference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from jettison.records import Check

from .forms import Form

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

_REFERENCE = "numpy, from the same weights in 32-bit floats"
_NARROW = 16
"""Rows of fewer numbers are taken together: the angle between two pairs of logits says little."""


def compared(pairs: Sequence[tuple[Floats, Floats]], *, agreed: str = "same best token", unit: str = "steps") -> Check:
    """Compare what was expected with what came, [rows, numbers] each; the best number of a row is its answer."""
    same = [(wanted.argmax(axis=1) == got.argmax(axis=1)) for wanted, got in pairs]
    count = sum(len(each) for each in same)
    agreement = sum(int(each.sum()) for each in same) / count
    return _check(pairs, agreed=agreed, unit=unit, agreement=agreement, count=count)


def nearest(expected: Floats, got: Floats, pairs: Sequence[tuple[Floats, Floats]]) -> Check:
    """Compare vectors of texts, [texts, width] each: do the same texts lie next to each other?"""
    agreement = float((_neighbours(expected) == _neighbours(got)).mean())
    return _check(pairs, agreed="same nearest text", unit="texts", agreement=agreement, count=len(expected))


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


def _check(pairs: Sequence[tuple[Floats, Floats]], *, agreed: str, unit: str, agreement: float, count: int) -> Check:
    import numpy as np

    worst, cosines = 0.0, []
    narrow: dict[int, tuple[list[Floats], list[Floats]]] = {}
    for wanted, got in pairs:
        # A NaN is larger than any number here, and stays one.
        worst = float(np.maximum(worst, np.abs(wanted - got).max() / np.abs(wanted).max()))
        if wanted.shape[1] < _NARROW:
            both = narrow.setdefault(wanted.shape[1], ([], []))
            both[0].append(wanted)
            both[1].append(got)
        else:
            cosines += _cosines(wanted, got)
    for wanted_rows, got_rows in narrow.values():
        cosines += _cosines(np.concatenate(wanted_rows).reshape(1, -1), np.concatenate(got_rows).reshape(1, -1))
    return Check(
        reference=_REFERENCE,
        worst_difference=worst,
        cosine=float(np.mean(cosines)),
        agreement=agreement,
        steps=count,
        agreed=agreed,
        unit=unit,
    )


def _cosines(wanted: Floats, got: Floats) -> list[float]:
    import numpy as np

    lengths = np.linalg.norm(wanted, axis=1) * np.linalg.norm(got, axis=1)
    found: list[float] = ((wanted * got).sum(axis=1) / lengths).tolist()
    return found


def _neighbours(vectors: Floats) -> NDArray[np.intp]:
    """Of each text the text whose vector points most nearly the same way."""
    import numpy as np

    directions = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    near = directions @ directions.T
    np.fill_diagonal(near, -2)
    found: NDArray[np.intp] = near.argmax(axis=1)
    return found
