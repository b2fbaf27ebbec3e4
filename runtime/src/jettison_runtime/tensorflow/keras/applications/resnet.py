"""``keras.applications.resnet``: how its pictures are prepared."""

from .scaling import centred as preprocess_input

__all__ = ["preprocess_input"]
