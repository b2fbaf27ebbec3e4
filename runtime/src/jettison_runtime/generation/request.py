"""What a search is given: prompts, settings, what stops it, and who listens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .settings import Settings
from .stopping import Stops


class Streamer(Protocol):
    """Hears every token as it is made; transformers' streamers have the same two methods."""

    def put(self, value: NDArray[np.int64]) -> Any:
        """The start tokens [rows, 1], then the tokens [rows] of each step."""

    def end(self) -> Any:
        """Nothing more comes."""


@dataclass(frozen=True)
class Request:
    """One batch to answer."""

    input_ids: NDArray[np.int64]
    """[batch, source]"""
    mask: NDArray[np.int32]
    """[batch, source]"""
    settings: Settings
    stops: Stops
    streamer: Streamer | None = None
