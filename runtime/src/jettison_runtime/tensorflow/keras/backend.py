"""``tf.keras.backend``: what clears away, where nothing is left lying about."""

from __future__ import annotations

__all__ = ["clear_session"]


def clear_session() -> None:
    """Nothing to clear."""
