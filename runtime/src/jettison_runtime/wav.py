"""WAV files: the samples of one sound, with the standard library and numpy.

Source: Microsoft's "Multimedia Programming Interface and Data Specifications 1.0" (RIFF), and ``WAVEFORMATEXTENSIBLE``.
`wave` of the standard library knows neither floats nor, before Python 3.12, the extensible form.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_OPEN = (0, 0xFFFFFFFF)
"""The length of data that a program wrote which did not know the end."""
_OTHERS = {b"ID3": "an MP3 file", b"\xff\xfb": "an MP3 file", b"fLaC": "a FLAC file", b"OggS": "an Ogg file"}


@dataclass(frozen=True)
class _Format:
    kind: int
    channels: int
    rate: int
    bits: int


def read_wav(raw: bytes) -> tuple[NDArray[np.float32], int]:
    """A waveform [samples] between -1 and 1, and its samples a second; two channels are brought together.

    PCM of 8, 16, 24 and 32 bits, floats of 32 and 64.

    :raises ValueError: no WAV file, a truncated one, another encoding, more than two channels, or no samples.
    """
    form, data = _parts(raw)
    return _samples(form, data), form.rate


def wav_seconds(raw: bytes) -> float:
    """How long the sound of a WAV file is, without decoding it.

    :raises ValueError: no WAV file, or a truncated one.
    """
    form, data = _parts(raw)
    return len(data) / max(1, form.channels * form.bits // 8) / form.rate


def _parts(raw: bytes) -> tuple[_Format, bytes]:
    if raw[:4] != b"RIFF" or raw[8:12] != b"WAVE":
        what = next((what for magic, what in _OTHERS.items() if raw.startswith(magic)), "no WAV file")
        raise ValueError(f"this is {what if raw else 'an empty file'}: a WAV file is needed")
    form, data = None, None
    place = 12
    while place + 8 <= len(raw) and data is None:
        name, length = struct.unpack_from("<4sI", raw, place)
        body = raw[place + 8 : place + 8 + length]
        if name == b"data":
            data = raw[place + 8 :] if length in _OPEN else body
            if len(data) < length and length not in _OPEN:
                raise ValueError(f"the WAV file is truncated: {len(data)} of {length} bytes of sound are there")
        elif name == b"fmt ":
            form = _format(body)
        place += 8 + length + length % 2
    if form is None or data is None:
        raise ValueError(f"the WAV file is truncated: it has no {'format' if form is None else 'sound'}")
    return form, data


def _format(body: bytes) -> _Format:
    if len(body) < 16:
        raise ValueError("the WAV file is truncated within its format")
    kind, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", body)
    if kind == _EXTENSIBLE and len(body) >= 26:
        (kind,) = struct.unpack_from("<H", body, 24)
    if not rate or channels not in (1, 2):
        raise ValueError(f"a WAV file of {channels} channels at {rate} samples a second: one or two channels are read")
    return _Format(kind, channels, rate, bits)


def _samples(form: _Format, data: bytes) -> NDArray[np.float32]:
    width = form.channels * form.bits // 8
    data = data[: len(data) - len(data) % width] if width else b""
    if (form.kind, form.bits) == (_PCM, 8):
        array = (np.frombuffer(data, np.uint8).astype(np.float32) - 128) / 128
    elif (form.kind, form.bits) == (_PCM, 24):
        # Three bytes each, as the upper ones of four.
        whole = np.zeros((len(data) // 3, 4), np.uint8)
        whole[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
        array = (whole.reshape(-1).view("<i4") / 2.0**31).astype(np.float32)
    elif form.kind == _PCM and form.bits in (16, 32):
        array = (np.frombuffer(data, f"<i{form.bits // 8}") / 2.0 ** (form.bits - 1)).astype(np.float32)
    elif form.kind == _FLOAT and form.bits in (32, 64):
        array = np.frombuffer(data, f"<f{form.bits // 8}").astype(np.float32)
    else:
        raise ValueError(
            f"a WAV file of encoding {form.kind} with {form.bits} bits is not read: save it as PCM of 16 bits"
        )
    if not len(array):
        raise ValueError("the WAV file holds no samples")
    found: NDArray[np.float32] = array.reshape(-1, form.channels).mean(axis=1, dtype=np.float32)
    return found
