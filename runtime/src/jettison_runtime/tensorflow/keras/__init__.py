"""``tf.keras``, and what ``import keras`` gives: loading a model and asking it."""

from __future__ import annotations

from . import applications, backend, models, preprocessing, utils

__all__ = ["applications", "backend", "models", "preprocessing", "utils"]
