"""``transformers.logging``: the facade logs nothing, so there is nothing to turn down."""

from __future__ import annotations


def set_verbosity(verbosity: int) -> None:
    """Accepted for the code that calls it."""


def set_verbosity_error() -> None:
    """Accepted for the code that calls it."""


def set_verbosity_warning() -> None:
    """Accepted for the code that calls it."""


def set_verbosity_info() -> None:
    """Accepted for the code that calls it."""


def disable_progress_bar() -> None:
    """Accepted for the code that calls it."""
