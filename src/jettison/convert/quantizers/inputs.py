"""What is known beforehand of the numbers that a product will be given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """Of one product."""

    seen: NDArray[np.float32] | None = None
    """What went into it on samples, [rows, inputs]; None: nobody looked."""
    least: float | None = None
    """No number is below this one, which is 0 or less: what an activation gives has such a bound."""


UNKNOWN = Inputs()
