"""Pictures to arrays, as the image processors of transformers make them, with numpy and Pillow.

Source of every step and of its order: transformers 4.57, ``image_transforms.py`` and the processors named in
`jettison.convert.graphs.pictures`. Sizes in pixels, (height, width).
"""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL.Image import Image


_BILINEAR = 2
_IMAGENET_MEAN, _IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class Preprocessing:
    """What is done to a picture, in this order; None: that step is left out."""

    shortest: int | None
    """The shorter edge is brought to this length, the longer one in proportion."""
    size: tuple[int, int] | None
    """Or both edges to these."""
    resample: int
    """Pillow's number of the filter."""
    crop: tuple[int, int] | None
    """Cut out of the middle; where the picture is smaller, zeros are around it."""
    rounded: bool
    """The middle of an odd rest is rounded to even, as torchvision does it; otherwise down."""
    scale: float | None
    mean: tuple[float, ...] | None
    std: tuple[float, ...] | None
    to_rgb: bool = False
    """The processor itself brings any picture to RGB; others leave that to who calls them."""

    @classmethod
    def read(cls, facts: Mapping[str, Any]) -> Preprocessing:
        """As the manifest keeps it."""
        tuples = {name: facts[name] and tuple(facts[name]) for name in ("size", "crop", "mean", "std")}
        return cls(
            shortest=facts["shortest"],
            resample=facts["resample"],
            scale=facts["scale"],
            rounded=facts.get("rounded", False),
            to_rgb=facts.get("to_rgb", False),
            **tuples,
        )

    @classmethod
    def evaluation(cls, resize: int, crop: int, *, resample: int = _BILINEAR) -> Preprocessing:
        """What torchvision's ``weights.transforms()`` does to a picture before an image classifier.

        :param resample: Pillow's number of the filter: 2 is bilinear, 3 bicubic.
        """
        return cls(
            shortest=resize,
            size=None,
            resample=resample,
            crop=(crop, crop),
            rounded=True,
            scale=1 / 255,
            mean=_IMAGENET_MEAN,
            std=_IMAGENET_STD,
        )

    def arrays(self, pictures: Sequence[Any]) -> NDArray[np.float32]:
        """Pictures as one batch [count, 3, height, width].

        :param pictures: paths, bytes of a file, Pillow's pictures, or arrays [height, width, 3] of 8 bits.
        :raises ValueError: pictures that come out at different sizes.
        """
        return stacked([self.array(opened(picture)) for picture in pictures])

    def array(self, picture: Image) -> NDArray[np.float32]:
        """A picture in RGB as [3, height, width]."""
        if self.shortest is not None or self.size is not None:
            height, width = self.size or _in_proportion(picture.height, picture.width, self.shortest or 0)
            picture = picture.resize((width, height), resample=self.resample)
        array: NDArray[Any] = np.asarray(picture)
        if self.crop is not None:
            array = cropped(array, self.crop, rounded=self.rounded)
        # As transformers computes it: the scale in 64 bits, the rest in 32.
        array = array.astype(np.float32) if self.scale is None else (array * np.float64(self.scale)).astype(np.float32)
        if self.mean is not None and self.std is not None:
            array = (array - np.array(self.mean, np.float32)) / np.array(self.std, np.float32)
        return np.ascontiguousarray(array.transpose(2, 0, 1))


def stacked(arrays: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """One batch of what became of pictures.

    :raises ValueError: pictures that come out at different sizes.
    """
    if len({each.shape for each in arrays}) > 1:
        raise ValueError("these pictures come out at different sizes: ask for one at a time")
    return np.stack(arrays)


def opened(picture: Any) -> Image:
    """A picture in RGB, turned as its camera was held.

    :raises TypeError: something that is no picture.
    :raises ValueError: a file that Pillow cannot read, or that ends too soon.
    """
    from PIL import Image, ImageOps

    if isinstance(picture, (str, Path)):
        picture = Path(picture).read_bytes()
    if isinstance(picture, (bytes, bytearray)):
        picture = _read(bytes(picture))
    elif isinstance(picture, np.ndarray):
        if picture.dtype != np.uint8 or picture.ndim not in (2, 3) or not picture.size:
            raise TypeError(
                f"a picture is an array [height, width, 3] of uint8, not {picture.dtype} {list(picture.shape)}"
            )
        picture = Image.fromarray(picture)
    if not isinstance(picture, Image.Image):
        raise TypeError(f"a {type(picture).__name__} is no picture: give a path, bytes, an array or a Pillow image")
    return ImageOps.exif_transpose(picture).convert("RGB")


def _read(raw: bytes) -> Image:
    from PIL import Image

    try:
        picture = Image.open(io.BytesIO(raw))
        picture.load()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as cause:
        # Pillow names the place in memory, where it does not know the format.
        why = str(cause) if raw and "BytesIO" not in str(cause) else "it is empty" if not raw else "of no known format"
        raise ValueError(f"this picture cannot be read: {why}") from cause
    return picture


def cropped(array: NDArray[Any], size: tuple[int, int], *, rounded: bool = False) -> NDArray[Any]:
    """The middle of a picture [height, width, channels]; zeros where it is smaller than that."""
    height, width = array.shape[:2]
    larger = max(height, size[0]), max(width, size[1])
    top, left = (_half(height - size[0], rounded), _half(width - size[1], rounded))
    if larger != (height, width):
        around = math.ceil((larger[0] - height) / 2), math.ceil((larger[1] - width) / 2)
        padded = np.zeros((*larger, array.shape[2]), array.dtype)
        padded[around[0] : around[0] + height, around[1] : around[1] + width] = array
        array, top, left = padded, top + around[0], left + around[1]
    return array[max(0, top) : top + size[0], max(0, left) : left + size[1]]


def _half(rest: int, rounded: bool) -> int:
    return round(rest / 2) if rounded and rest > 0 else rest // 2


def _in_proportion(height: int, width: int, shortest: int) -> tuple[int, int]:
    """The shorter edge at this length; the longer one rounded down."""
    short, long = min(height, width), max(height, width)
    other = int(shortest * long / short)
    return (other, shortest) if height > width else (shortest, other)
