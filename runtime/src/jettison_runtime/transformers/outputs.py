"""What calling a model gives: named tensors, also to be had by their places, as transformers' ``ModelOutput``."""

from __future__ import annotations

from collections import UserDict
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jettison_runtime.tensors import Tensor

_NEVER = ("loss", "hidden_states", "attentions")
"""Asked for by nobody, so None; what a caller asks for and cannot have is an error of the call."""


class ModelOutput(UserDict[Any, Any]):
    """A mapping of tensors with attribute access; a number or a slice is the place."""

    def __init__(self, arrays: Mapping[str, NDArray[np.float32]]) -> None:
        super().__init__()
        self.data = {name: Tensor(array) for name, array in arrays.items()}

    def __getitem__(self, key: Any) -> Any:
        return self.to_tuple()[key] if isinstance(key, int | slice) else self.data[key]

    def __getattr__(self, name: str) -> Any:
        if name != "data" and name in self.data:
            return self.data[name]
        if name in _NEVER:
            return None
        raise AttributeError(f"this model gives {', '.join(self.data)}, and no {name}")

    def to_tuple(self) -> tuple[Tensor, ...]:
        """The tensors in their order."""
        return tuple(self.data.values())
