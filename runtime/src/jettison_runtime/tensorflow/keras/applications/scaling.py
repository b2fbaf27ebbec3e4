"""How the published networks want the numbers of a picture. As in Keras, an array of fractions is changed in place.

Source: ``_preprocess_numpy_input`` of keras.applications.imagenet_utils (Apache-2.0).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[Any]
_MEANS = (103.939, 116.779, 123.68)
_SHARES, _SPREADS = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def around_zero(x: Pixels) -> Pixels:
    """0 to 255 becomes -1 to 1."""
    x = _fractions(x)
    x /= 127.5
    x -= 1.0
    return x


def centred(x: Pixels) -> Pixels:
    """RGB becomes BGR, without ImageNet's mean of each channel."""
    x = _fractions(x)[..., ::-1]
    for channel, mean in enumerate(_MEANS):
        x[..., channel] -= mean
    return x


def normalized(x: Pixels) -> Pixels:
    """0 to 255 becomes 0 to 1, then without ImageNet's mean of each channel and over its deviation."""
    x = _fractions(x)
    x /= 255.0
    for channel, mean in enumerate(_SHARES):
        x[..., channel] -= mean
    for channel, spread in enumerate(_SPREADS):
        x[..., channel] /= spread
    return x


def unchanged(x: Any) -> Any:
    """The network scales by itself."""
    return x


def _fractions(x: Pixels) -> Pixels:
    """The array itself when it holds fractions, else a copy in float32.

    :raises TypeError: no array of numpy's.
    """
    if not isinstance(x, np.ndarray):
        raise TypeError("preprocess_input takes an array of numpy's here")
    return x if x.dtype.kind == "f" else x.astype(np.float32)
