"""What transformers, timm and torchvision make of pictures and sounds. Run in their environment.

``preparing_peer.py CASES.json GIVEN.npz INTO.npz``: an array for each case and input; versions on the last line.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from PIL import Image

_import: Any = importlib.import_module("peers.eager").with_torchvision
"""Of the shelf `bench.architectures`, whose environment this runs in."""
timm, torchvision = _import("timm"), _import("torchvision")


def main(cases: str, given: str, into: str) -> None:
    """Prepare every input in every way."""
    found: dict[str, Any] = {}
    with np.load(given) as inputs:
        for number, case in enumerate(json.loads(Path(cases).read_text())):
            made = MAKERS[case["kind"]](case["facts"])
            for name in inputs.files:
                if name.startswith(case["of"]):
                    found[f"{number}:{name}"] = np.asarray(made(inputs[name]))
    np.savez(into, **found)
    print(json.dumps({each.__name__: each.__version__ for each in (torch, transformers, timm, torchvision)}))


def _sound(facts: dict[str, Any]) -> Any:
    extractor = getattr(transformers, facts["feature_extractor_type"])(**facts)
    return lambda x: extractor(x, sampling_rate=extractor.sampling_rate, return_tensors="np")["input_values"]


def _picture(facts: dict[str, Any]) -> Any:
    """With Pillow, which transformers 4 does and transformers 5 has under a name of its own."""
    name = facts["image_processor_type"]
    return _processed(getattr(transformers, f"{name}Pil", None) or getattr(transformers, name), facts)


def _picture_on_tensors(facts: dict[str, Any]) -> Any:
    """As transformers 5 does where torchvision is installed."""
    return _processed(getattr(transformers, facts["image_processor_type"]), facts)


def _processed(cls: Any, facts: dict[str, Any]) -> Any:
    processor = cls(**facts)
    return lambda x: processor(Image.fromarray(x), return_tensors="np")["pixel_values"]


def _timm(facts: dict[str, Any]) -> Any:
    settings = timm.data.resolve_data_config({}, pretrained_cfg=facts)
    transform = timm.data.create_transform(**settings, is_training=False)
    return lambda x: transform(Image.fromarray(x)).numpy()[None]


def _torchvision(facts: dict[str, Any]) -> Any:
    transform = torchvision.transforms._presets.ImageClassification(
        crop_size=facts["crop"],
        resize_size=facts["resize"],
        interpolation=torchvision.transforms.InterpolationMode(facts["interpolation"]),
    )
    return lambda x: transform(Image.fromarray(x)).numpy()[None]


MAKERS = {
    "sound": _sound,
    "picture": _picture,
    "picture on tensors": _picture_on_tensors,
    "timm": _timm,
    "torchvision": _torchvision,
}

if __name__ == "__main__":
    main(*sys.argv[1:])
