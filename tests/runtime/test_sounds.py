"""Sounds to arrays as transformers' feature extractors make them, and labels as its pipeline gives them.

Expected numbers were recorded from transformers 4.57.6 (without torchaudio) on the sound that `sound` makes.
"""

from __future__ import annotations

import io
import json
import struct
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import jettison_runtime
from jettison.convert.graphs import writing
from jettison.convert.graphs.entries import entries_of
from jettison.convert.graphs.sounds import preprocessing
from jettison.errors import ModelUnreadable
from jettison_runtime.errors import ModelFolderError
from jettison_runtime.sounds import read, waveform
from jettison_runtime.wav import read_wav
from tests.onnx_graphs import Builder

RATE = 16_000


def sound(samples: int, rate: int = RATE) -> NDArray[np.float32]:
    """A tone that rises, another over it, a part that is nearly silent, and an offset."""
    t = np.arange(samples) / rate
    values = 0.4 * np.sin(2 * np.pi * (200 + 900 * t) * t) + 0.1 * np.sin(2 * np.pi * 3100 * t)
    values[samples // 3 : samples // 2] *= 0.01
    return (values + 0.05).astype(np.float32)


CASES: list[dict[str, Any]] = json.loads((Path(__file__).parent / "sounds.json").read_text())


@pytest.mark.parametrize(
    "case", CASES, ids=lambda case: f"{case['extractor']['feature_extractor_type']}-{case['size']}"
)
def test_every_step_is_that_of_transformers(case: dict[str, Any]) -> None:
    steps = preprocessing(case["extractor"], {})
    assert steps is not None
    got = read(json.loads(json.dumps(steps))).arrays([sound(case["samples"], steps["rate"])])
    assert list(got.shape) == case["size"]
    assert got.dtype == np.float32
    places = np.linspace(0, got.size - 1, len(case["numbers"]), dtype=int)
    assert np.allclose(got.reshape(-1)[places], case["numbers"], rtol=1e-6, atol=1e-6)
    assert float(got.astype(np.float64).sum()) == pytest.approx(case["sum"], rel=1e-6, abs=1e-3)


def riff(kind: int, bits: int, channels: int, data: bytes, *, length: int | None = None, extra: bytes = b"") -> bytes:
    width = channels * bits // 8
    form = struct.pack("<HHIIHH", kind, channels, RATE, RATE * width, width, bits) + extra
    parts = struct.pack("<4sI", b"fmt ", len(form)) + form
    parts += b"LIST\x03\x00\x00\x00abc\x00"  # a chunk of odd length, as editors leave them
    parts += struct.pack("<4sI", b"data", len(data) if length is None else length) + data
    return b"RIFF" + struct.pack("<I", len(parts) + 4) + b"WAVE" + parts


def pcm(values: NDArray[Any], bits: int, channels: int = 1) -> bytes:
    """As the standard library writes it."""
    width = bits // 8
    raw = io.BytesIO()
    with wave.open(raw, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(RATE)
        if bits == 8:
            file.writeframes((values + 128).astype(np.uint8).tobytes())
        else:
            whole = values.astype("<i8").reshape(-1, 1).view(np.uint8).reshape(-1, 8)
            file.writeframes(np.ascontiguousarray(whole[:, :width]).tobytes())
    return raw.getvalue()


@pytest.mark.parametrize("bits", [8, 16, 24, 32])
def test_whole_numbers_of_every_width(bits: int) -> None:
    largest = 2 ** (bits - 1)
    values = np.array([-largest, -largest // 2, 0, 1, largest - 1], np.int64)
    got, rate = read_wav(pcm(values, bits))
    assert rate == RATE
    assert got.tolist() == (values / largest).astype(np.float32).tolist()


@pytest.mark.parametrize(("dtype", "bits"), [("<f4", 32), ("<f8", 64)])
def test_floats_and_the_extensible_form(dtype: str, bits: int) -> None:
    data = np.array([-0.5, 0.25, 1.0], dtype).tobytes()
    assert read_wav(riff(3, bits, 1, data))[0].tolist() == [-0.5, 0.25, 1.0]
    extra = struct.pack("<HHIH", 22, bits, 4, 3) + b"\0" * 14
    assert read_wav(riff(0xFFFE, bits, 1, data, extra=extra))[0].tolist() == [-0.5, 0.25, 1.0]


def test_two_channels_are_brought_together() -> None:
    got, _ = read_wav(pcm(np.array([16384, -16384, 8192, 24576]), 16, channels=2))
    assert got.tolist() == [0.0, 0.5]


def test_a_program_that_did_not_know_the_end_wrote_a_file() -> None:
    assert len(read_wav(riff(1, 16, 1, b"\1\0" * 5, length=0xFFFFFFFF))[0]) == 5


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "an empty file"),
        (b"ID3\x04rest of it", "an MP3 file"),
        (b"fLaC and so on", "a FLAC file"),
        (b"OggS and so on", "an Ogg file"),
        (b"no sound at all", "no WAV file"),
        (pcm(np.arange(100), 16)[:150], "truncated: 106 of 200 bytes"),
        (pcm(np.arange(100), 16)[:30], "truncated"),
        (pcm(np.arange(100), 16)[:40], "it has no sound"),
        (pcm(np.arange(0), 16), "no samples"),
        (riff(1, 16, 6, b"\0" * 12), "6 channels"),
        (riff(17, 4, 1, b"\0" * 12), "encoding 17"),
        (riff(1, 0, 1, b"\0" * 12), "with 0 bits"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_cannot_be_read_says_why(raw: bytes, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_wav(raw)


def test_every_way_to_give_a_sound(tmp_path: Path) -> None:
    values = np.round(sound(800) * 32768) / np.float32(32768)
    raw = pcm((values * 32768).astype(np.int64), 16)
    (tmp_path / "sound.wav").write_bytes(raw)
    given: list[Any] = [values, values.astype(np.float64), values.tolist(), raw, str(tmp_path / "sound.wav")]
    given += [{"array": values, "sampling_rate": RATE}, {"raw": values, "sampling_rate": RATE}]
    for each in given:
        assert np.array_equal(waveform(each, RATE), values)


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"array": sound(500), "sampling_rate": 8000}, ValueError, "8000 samples a second, .* resample it to 16000"),
        ({"array": sound(500)}, ValueError, "sampling_rate"),
        (np.zeros(500, np.int16), TypeError, "divide 16-bit samples by 32768"),
        (np.zeros((2, 500), np.float32), ValueError, "one channel"),
        (np.full(500, np.nan, np.float32), ValueError, "NaN"),
        (np.full(500, 1e300), ValueError, "infinite"),
        (3, TypeError, "floats"),
    ],
)
@pytest.mark.filterwarnings("ignore:overflow")
def test_a_sound_that_does_not_fit_says_why(given: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        waveform(given, RATE)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as transformers saves one, and a graph that answers with three numbers of a waveform."""
    source = tmp_path / "source"
    source.mkdir()
    config = {
        "architectures": ["Wav2Vec2ForSequenceClassification"],
        "conv_kernel": [10, 3, 3, 3, 3, 2, 2],
        "conv_stride": [5, 2, 2, 2, 2, 2, 2],
        "id2label": {"0": "quiet", "1": "loud", "2": "long"},
    }
    (source / "config.json").write_text(json.dumps(config))
    steps = {"feature_extractor_type": "Wav2Vec2FeatureExtractor", "do_normalize": False, "sampling_rate": RATE}
    (source / "preprocessor_config.json").write_text(json.dumps(steps))
    b = Builder()
    b.op("ReduceMean", ["input_values"], "mean", axes=[1], keepdims=1)
    b.op("MatMul", ["mean", b.weight("head", np.array([[-1.0, 1.0, 0.5]], np.float32))], "logits")
    model = b.model({"input_values": ["batch", "samples"]}, {"logits": ["batch", 3]})
    made = tmp_path / "made"
    made.mkdir()
    writing.write_graph(model, made, half=False)
    writing.write_manifest(made, entries={"name": "m", **entries_of(source)}, form="fp32", model=model, canary={})
    return made


def test_labels_of_a_sound_best_first(folder: Path) -> None:
    classifier = jettison_runtime.load(folder, threads=1)
    loud = np.full(500, 2.0, np.float32)
    (best,) = classifier.classify([loud], top_k=2)
    assert [each["label"] for each in best] == ["loud", "long"]
    assert best[0]["score"] == pytest.approx(np.exp(2) / np.exp([-2, 2, 1]).sum(), rel=1e-5)
    (raw,) = classifier.classify([loud], function_to_apply="none")
    assert [each["score"] for each in raw] == [2.0, 1.0, -2.0]
    assert classifier.classify([]) == []
    with pytest.raises(ValueError, match=r"100 samples, and the model needs 400 \(25 ms\)"):
        classifier.classify([loud[:100]])
    with pytest.raises(TypeError, match="list"):
        classifier.classify(loud)


def test_a_manifest_that_does_not_say_what_is_done_is_damaged(folder: Path) -> None:
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["config"]["preprocessing"] = {"kind": "waveform"}
    path.write_text(json.dumps(manifest))
    with pytest.raises(ModelFolderError, match="damaged"):
        jettison_runtime.load(folder)


@pytest.mark.parametrize(
    ("named", "steps", "task"),
    [
        ("ASTForAudioClassification", {"feature_extractor_type": "ASTFeatureExtractor"}, "audio-classification"),
        ("ASTModel", {"feature_extractor_type": "ASTFeatureExtractor"}, None),
        ("WhisperForAudioClassification", {"feature_extractor_type": "WhisperFeatureExtractor"}, None),
    ],
)
def test_what_is_known_of_a_folder(named: str, steps: dict[str, Any], task: str | None, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"architectures": [named]}))
    (tmp_path / "preprocessor_config.json").write_text(json.dumps(steps))
    assert entries_of(tmp_path).get("task") == task


@pytest.mark.parametrize(
    "steps",
    [
        '{"feature_extractor_type": "ASTFeatureExtractor", "mean": NaN}',
        '{"feature_extractor_type": "ASTFeatureExtractor", "std": 0}',
        '{"feature_extractor_type": "ASTFeatureExtractor", "max_length": -3}',
        '{"feature_extractor_type": "ASTFeatureExtractor", "num_mel_bins": "many"}',
        '{"feature_extractor_type": "Wav2Vec2FeatureExtractor", "sampling_rate": 1e400}',
        '{"image_processor_type": "ViTImageProcessor", "size": [], "image_mean": [0, 0, 0], "image_std": [1, 1, 1]}',
    ],
)
def test_settings_that_are_no_numbers_are_refused(steps: str, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"architectures": ["ASTForAudioClassification"]}')
    (tmp_path / "preprocessor_config.json").write_text(steps)
    with pytest.raises(ModelUnreadable, match="settings of what is done"):
        entries_of(tmp_path)
