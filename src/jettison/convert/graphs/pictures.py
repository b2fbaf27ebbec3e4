"""What a folder of an image classifier says of pictures and labels, for the manifest.

Read are the processors of transformers whose steps are resize, crop, scale and normalize; with another one, or a step
more, the model is converted for raw tensors: what is done to a picture then stays with the service.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jettison.convert.json_files import json_object

PROCESSORS = ("Bit", "ConvNext", "DeiT", "MobileNetV1", "MobileNetV2", "ViT")
_ENDINGS = ("ImageProcessor", "ImageProcessorFast", "FeatureExtractor")
_LARGE_CONVNEXT = 384
"""From this size on ConvNext's pictures are not cropped."""
_BILINEAR, _BICUBIC = 2, 3


def entries_of(folder: Path) -> dict[str, Any]:
    """``task`` and ``config`` of the manifest; empty for a model that is converted for raw tensors.

    :raises ModelUnreadable: a file that is not JSON.
    """
    config = json_object(folder / "config.json")
    named = next(iter(config.get("architectures") or ()), "")
    steps = preprocessing(json_object(folder / "preprocessor_config.json"))
    if steps is None or not str(named).endswith("ForImageClassification"):
        return {}
    kept = {key: config[key] for key in ("id2label", "problem_type", "model_type") if key in config}
    return {"task": "image-classification", "config": {**kept, "preprocessing": steps}}


def preprocessing(facts: Mapping[str, Any]) -> dict[str, Any] | None:
    """Steps as `jettison_runtime.pictures.Preprocessing` reads them; None when they are others."""
    kind = str(facts.get("image_processor_type") or facts.get("feature_extractor_type") or "")
    family = next((each for each in PROCESSORS if kind in [each + ending for ending in _ENDINGS]), None)
    if family is None or facts.get("do_flip_channel_order") or facts.get("do_pad"):
        return None
    size, crop = _size(facts.get("size", 224), family), _size(facts.get("crop_size", 224), "")
    steps: dict[str, Any] = {"shortest": None, "size": None, "crop": None, "scale": None, "mean": None, "std": None}
    steps["resample"] = facts.get("resample", _BICUBIC if family in ("Bit", "DeiT") else _BILINEAR)
    if facts.get("do_resize", True):
        steps |= _convnext(size, facts) if family == "ConvNext" else size
    if facts.get("do_center_crop", family in ("Bit", "DeiT", "MobileNetV1", "MobileNetV2")):
        if crop["size"] is None:
            return None
        steps["crop"] = crop["size"]
    if facts.get("do_rescale", True):
        steps["scale"] = facts.get("rescale_factor", 1 / 255)
    if facts.get("do_normalize", True):
        steps["mean"], steps["std"] = (_channels(facts.get(name)) for name in ("image_mean", "image_std"))
        if steps["mean"] is None or steps["std"] is None:
            return None
    return steps


def _size(stated: Any, family: str) -> dict[str, Any]:
    """A size in any of the ways in which configurations state it."""
    if isinstance(stated, int):
        # A number alone is a square where both edges are set, and the shorter edge where a crop follows.
        square = family in ("", "ViT", "DeiT")
        return {"shortest": None, "size": [stated, stated]} if square else {"shortest": stated, "size": None}
    if "shortest_edge" in stated:
        return {"shortest": stated["shortest_edge"], "size": None}
    return {"shortest": None, "size": [stated["height"], stated["width"]]}


def _convnext(size: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    edge = size["shortest"] or size["size"][0]
    if edge >= _LARGE_CONVNEXT:
        return {"size": [edge, edge]}
    return {"shortest": int(edge / facts.get("crop_pct", 224 / 256)), "crop": [edge, edge]}


def _channels(stated: Any) -> list[float] | None:
    return [float(stated)] * 3 if isinstance(stated, (int, float)) else stated
