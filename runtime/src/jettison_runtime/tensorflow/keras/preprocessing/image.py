"""``keras.preprocessing.image``: pictures to arrays."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["img_to_array", "load_img"]
_WAYS = {"nearest": 0, "lanczos": 1, "bilinear": 2, "bicubic": 3, "box": 4, "hamming": 5}
"""Of resizing, with Pillow's numbers."""
_KEPT = {"grayscale": ("L", "I;16", "I"), "rgb": ("RGB",), "rgba": ("RGBA",)}
"""Kinds of pictures that are not converted; others become the first."""


def img_to_array(img: Any) -> NDArray[Any]:
    """A picture of Pillow's, [height, width, channels], as float32; a grey one gets a channel of its own.

    :raises ValueError: more or fewer dimensions.
    """
    array = np.asarray(img, np.float32)
    if array.ndim == 2:
        array = array[:, :, None]
    if array.ndim != 3:
        raise ValueError(f"a picture has 2 or 3 dimensions, and this one {array.ndim}")
    return array


def load_img(
    path: str | os.PathLike[str] | io.BytesIO,
    color_mode: str = "rgb",
    target_size: tuple[int, int] | None = None,
    interpolation: str = "nearest",
) -> Any:
    """A picture of Pillow's out of a file, in a kind and a size (height, width) of one's choice.

    Source: ``load_img`` of keras.utils (Apache-2.0).

    :raises ValueError: a kind or a way of resizing that there is not.
    """
    from PIL import Image

    if color_mode not in _KEPT or interpolation not in _WAYS:
        raise ValueError(f"pictures are {', '.join(_KEPT)}, and resized by {', '.join(_WAYS)}")
    found: Any = Image.open(path if isinstance(path, io.BytesIO) else io.BytesIO(Path(path).read_bytes()))
    if found.mode not in _KEPT[color_mode]:
        found = found.convert(_KEPT[color_mode][0])
    if target_size is None or found.size == (target_size[1], target_size[0]):
        return found
    return found.resize((target_size[1], target_size[0]), _WAYS[interpolation])
