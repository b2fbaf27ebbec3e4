"""How far the answers of two graphs agree. Pure arithmetic on arrays; see the tests for cases worked by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Answer = Mapping[str, NDArray[Any]]


def worst_difference(expected: Answer, got: Answer) -> float:
    """Largest difference of a number, as a share of the largest one of its output; infinite for other shapes or NaN."""
    import numpy as np

    worst = 0.0
    for name, one in expected.items():
        other = got.get(name)
        if other is None or other.shape != one.shape:
            return float("inf")
        if not one.size:
            continue
        one64, other64 = one.astype(np.float64), other.astype(np.float64)
        # What is infinite or none (NaN) on one side has to be so on the other.
        finite = np.isfinite(one64)
        if not np.array_equal(finite, np.isfinite(other64)):
            return float("inf")
        largest = float(np.abs(one64[finite]).max(initial=0.0))
        difference = float(np.abs(one64[finite] - other64[finite]).max(initial=0.0))
        worst = max(worst, difference / largest if largest else difference)
    return worst


def cosine(expected: Answer, got: Answer) -> float:
    """Mean over the outputs of the cosine of their numbers; 1 where both are zero, 0 where the shapes differ."""
    import numpy as np

    found = []
    for name, one in expected.items():
        other = got.get(name)
        if other is None or other.shape != one.shape:
            found.append(0.0)
            continue
        flat = one.astype(np.float64).reshape(-1)
        theirs = other.astype(np.float64).reshape(-1)
        lengths = float(np.linalg.norm(flat) * np.linalg.norm(theirs))
        found.append(float(flat @ theirs) / lengths if lengths else float(np.array_equal(flat, theirs)))
    return float(np.mean(found))


def same_largest(expected: Answer, got: Answer) -> bool:
    """The largest number of the first output stands at the same place."""
    name = next(iter(expected))
    one, other = expected[name], got[name]
    return bool(one.shape == other.shape and (not one.size or one.argmax() == other.argmax()))


def summary(expected: Sequence[Answer], got: Sequence[Answer]) -> dict[str, float]:
    """Over all rows: ``cosine`` (mean), ``least_cosine``, ``worst_difference``, ``agreement`` (share), ``rows``."""
    import numpy as np

    pairs = list(zip(expected, got, strict=True))
    cosines = [cosine(one, other) for one, other in pairs]
    return {
        "cosine": float(np.mean(cosines)),
        "least_cosine": float(np.min(cosines)),
        "worst_difference": max(worst_difference(one, other) for one, other in pairs),
        "agreement": sum(same_largest(one, other) for one, other in pairs) / len(pairs),
        "rows": len(pairs),
    }
