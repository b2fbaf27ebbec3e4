"""What a model is asked for warm-up: its canary's words, a grey picture, a second of sound."""

from __future__ import annotations

import struct

import numpy as np

from jettison_runtime.tasks.texts import TextTask


def canary_text(model: TextTask) -> str:
    """The canary's question as a text."""
    return str(model.tokenizer.decode(model.model.manifest.canary["input_ids"])) or "Hello."


def turned(text: str, number: int) -> str:
    """The same words, begun somewhere else."""
    words = text.split() or ["Hello."]
    start = number % len(words)
    return " ".join(words[start:] + words[:start])


def grey() -> bytes:
    """A picture for warm-up, as a PPM file; its size costs nothing once it is what the network takes."""
    return b"P6 64 64 255 " + bytes([127]) * (64 * 64 * 3)


def hum(rate: int) -> bytes:
    """A second of sound for warm-up, as a WAV file of 16 bits."""
    samples: bytes = (np.sin(np.arange(rate) * 0.1) * 8000).astype("<i2").tobytes()
    form = struct.pack("<HHIIHH", 1, 1, rate, 2 * rate, 2, 16)
    rest = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(samples)) + samples
    return b"RIFF" + struct.pack("<I", len(rest)) + rest
