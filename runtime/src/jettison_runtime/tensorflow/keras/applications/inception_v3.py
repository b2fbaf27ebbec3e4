"""``keras.applications.inception_v3``: how its pictures are prepared."""

from .scaling import around_zero as preprocess_input

__all__ = ["preprocess_input"]
