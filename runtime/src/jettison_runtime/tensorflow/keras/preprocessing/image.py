"""``keras.preprocessing.image``: pictures to arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["img_to_array"]


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
