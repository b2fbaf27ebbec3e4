"""Pictures and sounds: files whose headers are read before anything is decoded."""

from __future__ import annotations

import base64
import io
import struct
from collections.abc import Sequence
from typing import TYPE_CHECKING

from jettison_runtime.wav import read_wav

from .fields import Base64, Field, OneOrSeveral, Unfit

if TYPE_CHECKING:
    from . import Bounds

PICTURES = ("image/png", "image/jpeg", "image/webp", "image/gif", "image/bmp", "image/tiff")
SOUNDS = ("audio/wav", "audio/x-wav", "audio/wave", "audio/vnd.wave")
_READERS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
"""Pillow's names. Others among its readers start programs (EPS), or are seldom looked at."""

DOT = "data:image/bmp;base64,Qk06AAAAAAAAADYAAAAoAAAAAQAAAAEAAAABABgAAAAAAAQAAAATCwAAEwsAAAAAAAAAAAAA4KAgAA=="
"""A blue point, as an example."""


def field(name: str, bounds: Bounds, media: str, what: str) -> Field:
    """The field of a file."""
    kind = OneOrSeveral(Base64(bounds.body_bytes * 3 // 4, media), bounds.batch)
    return Field(name, kind, f"{what} in base64, or a list of them", needed=True)


def pictures(files: Sequence[bytes], bounds: Bounds) -> Sequence[bytes]:
    """The files, once their headers are read.

    :raises Unfit: no picture of a known kind, or one with too many pixels.
    """
    for number, raw in enumerate(files):
        _check_picture(f"image[{number}]", raw, bounds.pixels)
    return files


def sounds(files: Sequence[bytes], seconds: int | None) -> list[dict[str, object]]:
    """Waveforms with their rates.

    :param seconds: of one sound at most.
    :raises Unfit: no WAV file, or one that is too long.
    """
    found: list[dict[str, object]] = []
    for number, raw in enumerate(files):
        place = f"audio[{number}]"
        try:
            samples, rate = read_wav(raw)
        except ValueError as cause:
            raise Unfit(place, str(cause)) from cause
        if seconds is not None and len(samples) > seconds * rate:
            raise Unfit(place, f"at most {seconds} s are heard, and these are {len(samples) / rate:,.0f} s")
        found.append({"array": samples, "sampling_rate": rate})
    return found


def click(rate: int) -> str:
    """A second of silence with one click in it, as an example."""
    samples = bytearray(b"\x80" * rate)
    samples[rate // 2] = 255
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, rate, rate, 1, 8)
    data = struct.pack("<4sI", b"data", rate) + samples
    return base64.b64encode(struct.pack("<4sI4s", b"RIFF", 4 + len(form) + len(data), b"WAVE") + form + data).decode()


def _check_picture(place: str, raw: bytes, most: int) -> None:
    from PIL import Image

    try:
        with Image.open(io.BytesIO(raw), formats=_READERS) as picture:
            width, height = picture.size
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as cause:
        raise Unfit(place, f"it has too many pixels: at most {most:,} are decoded") from cause
    except (OSError, SyntaxError, ValueError) as cause:
        why = f"this is none of {', '.join(_READERS)}, or it is damaged" if raw else "the file is empty"
        raise Unfit(place, why) from cause
    if width * height > most:
        raise Unfit(place, f"{width:,} x {height:,} pixels are too many: at most {most:,} are decoded")
