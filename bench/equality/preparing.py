"""Pictures and sounds as the runtime prepares them, held against transformers, timm and torchvision."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.architectures.peers.eager import REQUIREMENTS
from bench.dated import ROOT
from jettison.convert.graphs import pictures, sounds
from jettison.environments import Wanted, prepared
from jettison.records import finished
from jettison.workspace import Workspace
from jettison_runtime.pictures import Preprocessing
from jettison_runtime.sounds import read

_HALF = {"image_mean": [0.48, 0.45, 0.4], "image_std": [0.27, 0.26, 0.28]}
_PICTURES, _SOUNDS = 24, 24

Case = dict[str, Any]
Inputs = dict[str, NDArray[Any]]


def measured(workspace: Workspace) -> dict[str, Any]:
    """By library and steps: the largest difference of any number, and how many arrays are equal to the bit."""
    wanted = Wanted(name="preparing", requirements=REQUIREMENTS, python="3.11")
    python = finished(prepared(wanted, workspace)).python
    cases, given = list(_cases()), _inputs()
    with tempfile.TemporaryDirectory() as folder:
        asked, inputs, into = (Path(folder) / name for name in ("cases.json", "given.npz", "into.npz"))
        asked.write_text(json.dumps(cases))
        np.savez(inputs, **given)  # type: ignore[arg-type]
        command = [python, Path(__file__).with_name("preparing_peer.py"), asked, inputs, into]
        peers = {"PYTHONPATH": str(ROOT / "bench" / "architectures")}
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ | peers)
        with np.load(into) as expected:
            found = {case["name"]: _against(number, case, expected, given) for number, case in enumerate(cases)}
    return {"versions": json.loads(done.stdout.splitlines()[-1]), "steps": found}


def _against(number: int, case: Case, expected: Any, given: Inputs) -> dict[str, Any]:
    steps: Any = _steps(case)
    worst, equal, count = 0.0, 0, 0
    for name in (name for name in given if name.startswith(case["of"])):
        one, other = expected[f"{number}:{name}"], steps.arrays([given[name]])
        if one.shape != other.shape:
            raise RuntimeError(f"{case['name']}, {name}: {other.shape} instead of {one.shape}")
        worst, count = max(worst, float(np.abs(one - other).max())), count + 1
        equal += int(np.array_equal(one, other))
    return {"worst_difference": worst, "equal": equal, "of": count}


def _steps(case: Case) -> Any:
    """Ours."""
    facts = case["facts"]
    if case["kind"] == "sound":
        return read(sounds.preprocessing(facts, {}) or {})
    if case["kind"] == "torchvision":
        filters = {"bilinear": 2, "bicubic": 3}
        return Preprocessing.evaluation(facts["resize"], facts["crop"], resample=filters[facts["interpolation"]])
    steps = pictures.of_timm(facts) if case["kind"] == "timm" else pictures.preprocessing(facts)
    return Preprocessing.read(steps or {})


def _cases() -> Iterator[Case]:
    for facts in (
        {"feature_extractor_type": "Wav2Vec2FeatureExtractor", "do_normalize": True, "return_attention_mask": False},
        {"feature_extractor_type": "ASTFeatureExtractor", "num_mel_bins": 128, "max_length": 1024},
        {"feature_extractor_type": "ASTFeatureExtractor", "num_mel_bins": 64, "max_length": 100},
    ):
        name = f"{facts['feature_extractor_type']} {facts.get('num_mel_bins', '')}".strip()
        yield {"name": name, "kind": "sound", "of": "sound", "facts": facts}
    both: Case = {"height": 224, "width": 224}
    for processor in ("ViT", "CLIP", "Bit"):
        size: Case = {"size": both} if processor == "ViT" else {"size": {"shortest_edge": 224}, "crop_size": both}
        named = {"image_processor_type": f"{processor}ImageProcessor", **size, **_HALF}
        for kind in ("picture", "picture on tensors"):
            yield {"name": f"{processor}ImageProcessor, {kind}", "kind": kind, "of": "picture", "facts": named}
    for side, share, interpolation, mode in (
        (224, 0.875, "bilinear", "center"),
        (224, 0.9, "bicubic", "center"),
        (160, 0.95, "bicubic", "center"),
        (288, 1.0, "bicubic", "squash"),
    ):
        cfg = {"input_size": [3, side, side], "crop_pct": share, "interpolation": interpolation, "crop_mode": mode}
        name = f"timm {side} {share} {interpolation} {mode}"
        yield {"name": name, "kind": "timm", "of": "picture", "facts": {**cfg, "mean": [0.5] * 3, "std": [0.25] * 3}}
    for resize, edge, interpolation in ((256, 224, "bilinear"), (232, 224, "bilinear"), (384, 384, "bicubic")):
        facts = {"resize": resize, "crop": edge, "interpolation": interpolation}
        yield {"name": f"torchvision {resize} {edge}", "kind": "torchvision", "of": "picture", "facts": facts}


def _inputs() -> Inputs:
    """Smooth pictures of odd sizes; noise, tones and silence of odd lengths."""
    random = np.random.default_rng(0)
    found: Inputs = {}
    for number in range(_PICTURES):
        height, width = random.integers(225, 700, 2)
        y, x = np.mgrid[:height, :width]
        waves = [127 + 100 * np.sin(y / (5 + number + c)) * np.cos(x / (3 + c)) for c in range(3)]
        grain = random.integers(-25, 25, (height, width, 3))
        found[f"picture {number}"] = np.clip(np.stack(waves, axis=-1) + grain, 0, 255).astype(np.uint8)
    for number in range(_SOUNDS):
        t = np.arange(int(random.integers(401, 180_000))) / 16_000
        tone = np.sin(2 * np.pi * (100 + 300 * number * t) * t) * 0.3
        noise = random.standard_normal(len(t)) * (0.0, 1e-4, 0.05)[number % 3]
        found[f"sound {number}"] = ((tone if number % 4 else 0 * tone) + noise).astype(np.float32)
    return found
