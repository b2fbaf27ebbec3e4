"""``keras.applications.densenet``: how its pictures are prepared."""

from .scaling import normalized as preprocess_input

__all__ = ["preprocess_input"]
