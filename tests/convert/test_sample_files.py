"""Samples from a folder of files: prepared as the runtime prepares them; every reason why they cannot serve."""

from __future__ import annotations

import io
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from jettison.convert.graphs.sample_files import sample_file
from jettison.errors import RequestsMissing
from jettison.records import finished
from jettison.workspace import Workspace

SOUNDS: dict[str, Any] = {
    "task": "audio-classification",
    "config": {"preprocessing": {"kind": "waveform", "rate": 16_000, "normalize": False, "shortest": 400}},
}
PICTURES: dict[str, Any] = {
    "task": "image-classification",
    "config": {
        "preprocessing": {
            **{"shortest": None, "size": [8, 8], "crop": None, "resample": 2, "scale": 1 / 255},
            **{"mean": [0.5] * 3, "std": [0.5] * 3},
        }
    },
}


def wav(samples: int, *, rate: int = 16_000, value: int = 100) -> bytes:
    raw = io.BytesIO()
    with wave.open(raw, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.full(samples, value, "<i2").tobytes())
    return raw.getvalue()


def test_sounds_are_cut_to_the_shortest(tmp_path: Path, workspace: Workspace) -> None:
    (tmp_path / "one.wav").write_bytes(wav(900, value=1))
    (tmp_path / "two.wav").write_bytes(wav(700, value=2))
    made = finished(sample_file(tmp_path, SOUNDS, workspace))
    assert made
    with np.load(made) as found:
        assert found["samples"].shape == (2, 700)
        assert found["samples"][:, 0].tolist() == [1 / 32768, 2 / 32768]


def test_pictures_are_prepared(tmp_path: Path, workspace: Workspace) -> None:
    Image.new("RGB", (30, 20), (255, 0, 0)).save(tmp_path / "red.png")
    made = finished(sample_file(tmp_path, PICTURES, workspace))
    assert made
    with np.load(made) as found:
        assert found["samples"].shape == (1, 3, 8, 8)
        assert found["samples"][0, :, 0, 0].tolist() == pytest.approx([1, -1, -1])


def test_arrays_are_taken_as_they_are(tmp_path: Path, workspace: Workspace) -> None:
    assert finished(sample_file(None, {}, workspace)) is None
    assert finished(sample_file(tmp_path / "samples.npz", {}, workspace)) == tmp_path / "samples.npz"


@pytest.mark.parametrize(
    ("content", "entries", "words"),
    [
        (None, SOUNDS, "is empty"),
        (wav(900), {}, "not known"),
        (wav(900, rate=8000), SOUNDS, "8000 samples a second"),
        (wav(900)[:200], SOUNDS, "truncated"),
        (wav(100), SOUNDS, "needs 400"),
        (b"text", PICTURES, "no known format"),
    ],
)
def test_files_that_cannot_serve_are_named(
    content: bytes | None, entries: dict[str, Any], words: str, tmp_path: Path, workspace: Workspace
) -> None:
    if content is not None:
        (tmp_path / "one.wav").write_bytes(content)
    with pytest.raises(RequestsMissing, match=words):
        finished(sample_file(tmp_path, entries, workspace))
