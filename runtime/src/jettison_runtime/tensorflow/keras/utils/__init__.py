"""``keras.utils``: pictures to arrays."""

from __future__ import annotations

from jettison_runtime.tensorflow.keras.preprocessing.image import img_to_array, load_img

__all__ = ["img_to_array", "load_img"]
