"""Pictures and sounds: files whose headers are read before anything is decoded."""

from __future__ import annotations

import base64
import io
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jettison_runtime.wav import wav_seconds

from .fields import Field
from .kinds import Base64, OneOrSeveral
from .unfit import Unfit

if TYPE_CHECKING:
    from . import Bounds

PICTURES = (
    "image/png",
    "image/jpeg",
    "image/jpg",
    "image/webp",
    "image/gif",
    "image/bmp",
    "image/tiff",
    "image/x-portable-pixmap",
)
SOUNDS = ("audio/wav", "audio/x-wav", "audio/wave", "audio/vnd.wave")
_READERS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM")
"""Pillow's names. Others among its readers start programs (EPS), or are seldom looked at."""

DOT = "data:image/bmp;base64,Qk06AAAAAAAAADYAAAAoAAAAAQAAAAEAAAABABgAAAAAAAQAAAATCwAAEwsAAAAAAAAAAAAA4KAgAA=="
"""A blue point, as an example."""


@dataclass(frozen=True)
class Picture(Base64):
    """A file of a picture. Its header is read, nothing decoded."""

    most_pixels: int = 0

    def from_bytes(self, place: str, raw: bytes) -> bytes:
        """See `Base64`.

        :raises Unfit: it is too large, of no known kind, or has too many pixels.
        """
        from PIL import Image

        too_many = f"pixels are too many: at most {self.most_pixels:,} are decoded"
        try:
            with Image.open(io.BytesIO(super().from_bytes(place, raw)), formats=_READERS) as picture:
                width, height = picture.size
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as cause:
            raise Unfit(place, f"its {too_many}") from cause
        except Unfit:
            raise
        except (OSError, SyntaxError, ValueError) as cause:
            why = f"this is none of {', '.join(_READERS)}, or it is damaged" if raw else "the file is empty"
            raise Unfit(place, why) from cause
        if width * height > self.most_pixels:
            raise Unfit(place, f"{width:,} x {height:,} {too_many}")
        return raw


@dataclass(frozen=True)
class Sound(Base64):
    """A WAV file. Its header is read, nothing decoded."""

    most_seconds: float | None = None

    def from_bytes(self, place: str, raw: bytes) -> bytes:
        """See `Base64`.

        :raises Unfit: it is too large, no WAV file, or too long.
        """
        try:
            seconds = wav_seconds(super().from_bytes(place, raw))
        except Unfit:
            raise
        except ValueError as cause:
            raise Unfit(place, str(cause)) from cause
        if self.most_seconds is not None and seconds > self.most_seconds:
            raise Unfit(place, f"at most {self.most_seconds:g} s are heard, and these are {seconds:,.0f} s")
        return raw


def picture(bounds: Bounds) -> Field:
    """The field ``image``."""
    kind = Picture(bounds.file_bytes, "image/*", bounds.pixels)
    return Field("image", OneOrSeveral(kind, bounds.batch), "A picture in base64, or a list of them", needed=True)


def sound(bounds: Bounds, seconds: float | None) -> Field:
    """The field ``audio``.

    :param seconds: of one sound at most.
    """
    kind = Sound(bounds.file_bytes, "audio/wav", seconds)
    return Field("audio", OneOrSeveral(kind, bounds.batch), "A WAV file in base64, or a list of them", needed=True)


def click(rate: int) -> str:
    """A second of silence with one click in it, as an example."""
    samples = bytearray(b"\x80" * rate)
    samples[rate // 2] = 255
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, rate, rate, 1, 8)
    data = struct.pack("<4sI", b"data", rate) + samples
    return base64.b64encode(struct.pack("<4sI4s", b"RIFF", 4 + len(form) + len(data), b"WAVE") + form + data).decode()
