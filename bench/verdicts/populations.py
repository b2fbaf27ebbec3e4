"""Where the simulated answers come from: a true loss that is known, and flips beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Random: TypeAlias = np.random.Generator
    Draw: TypeAlias = Callable[[int, int, Random], Iterator[dict[str, Any]]]
    """(items, candidates, random) → the fields of a measurement that hold its scores: the baseline's, then each
    candidate's on the same items."""


@dataclass(frozen=True, kw_only=True)
class Population:
    """A metric, and how answers that it scores are drawn."""

    metric: str
    draw: Draw


def flipping(*, right: float, lost: float, won: float) -> Population:
    """Answers right or wrong: of all of them, a share `lost` flips to wrong and a share `won` to right."""

    def draw(items: int, candidates: int, random: Random) -> Iterator[dict[str, Any]]:
        import numpy as np

        wrong = random.random(items) >= right
        yield _rates(wrong.astype(float), np.ones(items))
        for _ in range(candidates):
            chance = random.random(items)
            flips = np.where(wrong, chance < won / (1 - right), chance < lost / right)
            yield _rates((wrong ^ flips).astype(float), np.ones(items))

    return Population(metric="accuracy", draw=draw)


def tokens(*, lost: float, rate: float, loss: float) -> Population:
    """Items of 3 to 12 tokens; a share `lost` of the items gets one or three tokens worse, a share gets one better.

    `rate` is the baseline's error rate beyond the first token. The share that gets better makes the true loss `loss`.
    """
    mean_size, mean_worse = 7.5, 5 / 3
    better = lost * mean_worse - loss * mean_size

    def draw(items: int, candidates: int, random: Random) -> Iterator[dict[str, Any]]:
        import numpy as np

        sizes = random.integers(3, 13, items).astype(float)
        # Every item begins with one error that can be won, so that the true loss is what was asked for.
        before = 1 + random.binomial(sizes.astype(int) - 1, rate).astype(float)
        yield _rates(before, sizes)
        for _ in range(candidates):
            chance = random.random(items)
            worse = np.where(chance < lost, random.choice([1.0, 1.0, 3.0], items), 0.0)
            yield _rates(before + worse - (chance > 1 - better), sizes)

    return Population(metric="token_error_rate", draw=draw)


def flipping_labels(*, positive: float, right: float, loss: float) -> Population:
    """Two classes; answers of both flip, more often to wrong, so that the F1 of the positive class loses `loss`.

    With a share `right` of both classes right, precision and recall are known, and so is what each flip costs.
    """
    hit, false = positive * right, (1 - positive) * (1 - right)
    missed = positive - hit
    before = 2 * hit / (2 * hit + false + missed)
    # A share x of the positive class goes from hit to missed: F1 = 2 (hit - x) / (2 hit - x + false + missed).
    wanted = before - loss
    total = 2 * hit + false + missed
    x = (2 * hit - wanted * total) / (2 - wanted)
    noise = 0.003

    def draw(items: int, candidates: int, random: Random) -> Iterator[dict[str, Any]]:
        import numpy as np

        there = random.random(items) < positive
        said = there ^ (random.random(items) >= right)
        yield {"counts": _confusion(said, there)}
        for _ in range(candidates):
            chance = random.random(items)
            # Balanced noise in the hits and misses of the positive class, then the loss.
            to_missed = (chance < (x + noise) / hit) & there & said
            to_hit = (chance < noise / missed) & there & ~said
            yield {"counts": _confusion(np.where(to_missed, False, np.where(to_hit, True, said)), there)}

    return Population(metric="f1", draw=draw)


def ranked(*, positive: float, loss: float) -> Population:
    """Normal scores one and a half deviations apart; a candidate's have so much noise that its AUC loses `loss`."""
    from statistics import NormalDist

    apart = 1.5
    before = NormalDist().cdf(apart / 2**0.5)
    # AUC with noise of variance v: Phi(apart / sqrt(2 (1 + v))).
    v = (apart / (2**0.5 * NormalDist().inv_cdf(before - loss))) ** 2 - 1

    def draw(items: int, candidates: int, random: Random) -> Iterator[dict[str, Any]]:
        there = random.random(items) < positive
        scores = random.normal(size=items) + apart * there
        yield {"counts": _pairs(scores, there)}
        for _ in range(candidates):
            yield {"counts": _pairs(scores + v**0.5 * random.normal(size=items), there)}

    return Population(metric="auc", draw=draw)


def _rates(errors: NDArray[np.float64], sizes: NDArray[np.float64]) -> dict[str, Any]:
    return {"errors": tuple(errors.tolist()), "units": tuple(sizes.tolist())}


def _confusion(said: NDArray[np.bool_], there: NDArray[np.bool_]) -> tuple[tuple[float, ...], ...]:
    import numpy as np

    rows = np.stack([said & there, said & ~there, ~said & there], axis=1).astype(float)
    return tuple(map(tuple, rows.tolist()))


def _pairs(scores: NDArray[np.float64], there: NDArray[np.bool_]) -> tuple[tuple[float, ...], ...]:
    import numpy as np

    return tuple(map(tuple, np.stack([scores, there.astype(float)], axis=1).tolist()))
