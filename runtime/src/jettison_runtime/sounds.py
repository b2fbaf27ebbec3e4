"""Sounds to arrays, as the feature extractors of transformers make them, with numpy alone.

Source of every step and of its order: transformers 4.57, ``Wav2Vec2FeatureExtractor`` and ``ASTFeatureExtractor`` with
``audio_utils.spectrogram`` (its path without torchaudio). Rates in samples a second, waveforms between -1 and 1.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .wav import read_wav

Floats = NDArray[np.float32]

_SMALLEST_VARIANCE = 1e-7
_FRAME, _HOP, _TRANSFORM = 400, 160, 512
"""Of a spectrogram, in samples, at whatever rate: as in transformers."""
_PREEMPHASIS, _LOWEST_HERTZ = 0.97, 20.0
_FLOOR = 1.192092955078125e-07


@dataclass(frozen=True)
class Waveform:
    """The waveform itself, one sound as long as it is (Wav2Vec2FeatureExtractor)."""

    rate: int
    normalize: bool
    """To mean 0 and variance 1."""
    shortest: int
    """Samples that the network needs for one answer."""

    def arrays(self, given: Sequence[Any]) -> Floats:
        """Sounds of one length as one batch [count, samples].

        :raises TypeError, ValueError: see `waveform`; or sounds that are too short, or of different lengths.
        """
        made = [self._array(waveform(each, self.rate)) for each in given]
        if len({len(each) for each in made}) > 1:
            raise ValueError("these sounds have different lengths: ask for one at a time")
        return np.stack(made)

    def _array(self, sound: Floats) -> Floats:
        _check_length(sound, self.shortest, self.rate)
        if not self.normalize:
            return sound
        found: Floats = (sound - sound.mean()) / np.sqrt(sound.var() + _SMALLEST_VARIANCE)
        return found


@dataclass(frozen=True)
class FilterBank:
    """The logarithm of Kaldi's mel filter bank, cut or filled up to a number of frames (ASTFeatureExtractor)."""

    rate: int
    bins: int
    frames: int
    normalize: bool
    mean: float
    std: float
    """Of the training data; twice that is divided by."""

    def arrays(self, given: Sequence[Any]) -> Floats:
        """Sounds as one batch [count, frames, bins].

        :raises TypeError, ValueError: see `waveform`; or a sound that is too short for a frame.
        """
        return np.stack([self._array(waveform(each, self.rate)) for each in given])

    def _array(self, sound: Floats) -> Floats:
        _check_length(sound, _FRAME, self.rate)
        bank = filter_bank(sound[: _FRAME + _HOP * (self.frames - 1)], self.rate, self.bins)
        found = np.zeros((self.frames, self.bins), np.float32)
        found[: len(bank)] = bank
        return (found - np.float32(self.mean)) / np.float32(self.std * 2) if self.normalize else found


def read(facts: Mapping[str, Any]) -> Waveform | FilterBank:
    """As the manifest keeps it."""
    settings = {name: value for name, value in facts.items() if name != "kind"}
    return Waveform(**settings) if facts["kind"] == "waveform" else FilterBank(**settings)


def waveform(sound: Any, rate: int) -> Floats:
    """One channel at a model's rate.

    :param sound: floats [samples], which are taken to have that rate; ``{"array": floats, "sampling_rate": …}``, also
        with ``raw``; the path of a WAV file, or its bytes, whose two channels are brought together.
    :raises TypeError: none of these.
    :raises ValueError: another rate, several channels, no samples, or a number that is none (NaN) or infinite.
    """
    stated = rate
    if isinstance(sound, (str, Path)):
        sound = Path(sound).read_bytes()
    if isinstance(sound, (bytes, bytearray)):
        sound, stated = read_wav(bytes(sound))
    elif isinstance(sound, Mapping):
        found = sound.get("raw", sound.get("array"))
        if found is None or "sampling_rate" not in sound:
            raise ValueError("a sound in a dictionary has array (or raw) and sampling_rate")
        sound, stated = found, sound["sampling_rate"]
    if stated != rate:
        raise ValueError(
            f"the sound has {stated} samples a second, and the model was trained with {rate}: resample it to {rate}"
        )
    array = np.asarray(sound)
    if array.dtype.kind != "f":
        raise TypeError(f"a waveform is floats between -1 and 1, not {array.dtype}: divide 16-bit samples by 32768")
    if array.ndim != 1:
        raise ValueError(f"a waveform has one channel, [samples], and this has the shape {list(array.shape)}")
    floats: Floats = array.astype(np.float32)
    if not np.isfinite(floats).all():
        raise ValueError("the sound holds a number that is infinite or none (NaN)")
    return floats


def filter_bank(sound: Floats, rate: int, bins: int) -> Floats:
    """Logarithms of the energy in each mel band of each frame, [frames, bins]."""
    frames = np.lib.stride_tricks.sliding_window_view(sound.astype(np.float64), _FRAME)[::_HOP]
    frames = frames - frames.mean(axis=1, keepdims=True)
    emphasized = np.empty_like(frames)
    emphasized[:, 1:] = frames[:, 1:] - _PREEMPHASIS * frames[:, :-1]
    emphasized[:, 0] = frames[:, 0] * (1 - _PREEMPHASIS)
    # transformers keeps the transform in 64-bit complex numbers, 32 bits a part.
    spectrum = np.fft.rfft(emphasized * np.hanning(_FRAME), n=_TRANSFORM).astype(np.complex64)
    energy = np.abs(spectrum).astype(np.float64) ** 2
    found: Floats = np.log(np.maximum(_FLOOR, energy @ _filters(rate, bins))).astype(np.float32)
    return found


@functools.lru_cache(maxsize=4)
def _filters(rate: int, bins: int) -> NDArray[np.float64]:
    """Kaldi's mel filters, [frequencies, bins]: triangles of equal width on the mel scale."""
    lowest, highest = _mel(np.array([_LOWEST_HERTZ, rate // 2]))
    centers = np.linspace(lowest, highest, bins + 2)
    frequencies = _mel(rate / _TRANSFORM * np.arange(_TRANSFORM // 2 + 1))
    slopes = centers[None] - frequencies[:, None]
    widths = np.diff(centers)
    found: NDArray[np.float64] = np.maximum(0, np.minimum(-slopes[:, :-2] / widths[:-1], slopes[:, 2:] / widths[1:]))
    return found


def _mel(hertz: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    found: NDArray[np.float64] = 1127.0 * np.log(1.0 + hertz / 700.0)
    return found


def _check_length(sound: Floats, shortest: int, rate: int) -> None:
    if len(sound) < shortest:
        raise ValueError(
            f"the sound has {len(sound)} samples, and the model needs {shortest} ({1000 * shortest / rate:.0f} ms)"
        )
