"""``keras.applications.resnet_v2``: how its pictures are prepared."""

from .scaling import around_zero as preprocess_input

__all__ = ["preprocess_input"]
