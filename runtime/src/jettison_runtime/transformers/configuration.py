"""Configuration objects: attributes to read, as the model was trained with them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any


class Configuration:
    """config.json as attributes; what the model does not say raises AttributeError."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.__dict__.update(values)

    if TYPE_CHECKING:  # the names are the model's own

        def __getattr__(self, name: str) -> Any: ...

        def __setattr__(self, name: str, value: Any) -> None: ...

    def to_dict(self) -> dict[str, Any]:
        """All values."""
        return dict(self.__dict__)


class GenerationConfig(Configuration):
    """Generation settings; names are those of transformers' ``generate``."""

    def __init__(self, **values: Any) -> None:
        super().__init__(values)
