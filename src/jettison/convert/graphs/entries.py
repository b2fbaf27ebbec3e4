"""What a folder says of the task of its model: what is done to an input first, and what the numbers mean.

A folder whose steps are not known here is converted for raw tensors: what is done to an input then stays with the
service.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jettison.convert.json_files import json_object
from jettison.errors import ModelUnreadable

from . import pictures, sounds

_KEPT = ("id2label", "problem_type", "model_type", "hidden_size", "image_size")
"""Of config.json: what the labels are, and what services read of it."""
_POOLED = {"CLIPVisionModelWithProjection": "image_embeds"}
_EMBEDDERS = ("ViTModel", "DeiTModel", "Dinov2Model", "CLIPVisionModel", "ResNetModel", "ConvNextModel", "BitModel")
"""Classes of transformers whose answer has a pooled vector, called ``pooler_output``."""
_SOUND_HEADS = ("ForSequenceClassification", "ForAudioClassification")


def entries_of(folder: Path) -> dict[str, Any]:
    """``task`` and ``config`` of the manifest; empty for a model that is converted for raw tensors.

    :raises ModelUnreadable: a file that is not JSON, or a setting in it that is no number.
    """
    config, steps = json_object(folder / "config.json"), json_object(folder / "preprocessor_config.json")
    named = str(next(iter(config.get("architectures") or ()), ""))
    try:
        found = _of_timm(config) if "architecture" in config else _of_transformers(config, steps, named)
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError) as cause:
        raise ModelUnreadable(
            f"the settings of what is done to an input cannot be read: {cause!r}",
            where=str(folder),
            next_step="copy preprocessor_config.json and config.json again, or leave the former out",
        ) from cause
    return found


def _of_transformers(config: Mapping[str, Any], steps: Mapping[str, Any], named: str) -> dict[str, Any]:
    kept = {key: config[key] for key in _KEPT if key in config}
    kept["preprocessor"] = str(steps.get("image_processor_type") or steps.get("feature_extractor_type") or "")
    if heard := sounds.preprocessing(steps, config):
        kept["return_attention_mask"] = bool(steps.get("return_attention_mask"))
        return _entries("audio-classification", kept, heard) if named.endswith(_SOUND_HEADS) else {}
    seen = pictures.preprocessing(steps)
    if seen is None:
        return {}
    if named.endswith("ForImageClassification"):
        return _entries("image-classification", kept, seen)
    pooled = "pooler_output" if named in _EMBEDDERS else _POOLED.get(named)
    return _entries("image-feature-extraction", {**kept, "pooled": pooled}, seen) if pooled else {}


def _of_timm(config: Mapping[str, Any]) -> dict[str, Any]:
    settings = config.get("pretrained_cfg") or config  # older folders have no second level
    steps = pictures.of_timm(settings)
    if steps is None:
        return {}
    if not config.get("num_classes", settings.get("num_classes")):
        return _entries("image-feature-extraction", {"pooled": "pooler_output"}, steps)
    names = config.get("label_names") or config.get("labels") or settings.get("label_names") or ()
    return _entries("image-classification", {"id2label": {str(n): str(name) for n, name in enumerate(names)}}, steps)


def _entries(task: str, config: Mapping[str, Any], steps: Mapping[str, Any]) -> dict[str, Any]:
    _check(steps)
    return {"task": task, "config": {**config, "preprocessing": steps}}


def _check(steps: Mapping[str, Any]) -> None:
    """Sizes are positive, numbers are finite."""
    for name, value in steps.items():
        numbers = [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, (int, float))]
        if not all(math.isfinite(each) for each in numbers):
            raise ValueError(f"{name} is {value}")
        if name in ("shortest", "size", "crop", "std", "rate", "bins", "frames") and not all(n > 0 for n in numbers):
            raise ValueError(f"{name} is {value}")
