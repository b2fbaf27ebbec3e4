"""What a rule is."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Rule(Protocol):
    """Changes scores [rows, vocabulary] in place."""

    def __call__(self, sequences: NDArray[np.int64], scores: NDArray[np.float32], sources: NDArray[np.intp], /) -> None:
        """Apply the rule.

        :param sequences: [rows, length], what the scores follow.
        :param sources: [rows], which prompt each row answers.
        """
