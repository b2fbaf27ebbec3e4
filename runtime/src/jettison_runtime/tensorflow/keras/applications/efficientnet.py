"""``keras.applications.efficientnet``: how its pictures are prepared."""

from .scaling import unchanged as preprocess_input

__all__ = ["preprocess_input"]
