"""``tf.keras``, and what ``import keras`` gives: loading a model and asking it."""

from __future__ import annotations

from . import backend, models, preprocessing, utils

__all__ = ["backend", "models", "preprocessing", "utils"]
