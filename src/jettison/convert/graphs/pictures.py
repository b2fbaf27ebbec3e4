"""What a folder says of pictures, for the manifest.

Read are the processors of transformers whose steps are resize, crop, scale and normalize, and what timm keeps of its
transform for evaluation; with another one, or a step more, there is nothing to say (None).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

PROCESSORS = ("Bit", "CLIP", "ConvNext", "DeiT", "MobileNetV1", "MobileNetV2", "ViT")
_ENDINGS = ("ImageProcessor", "ImageProcessorFast", "FeatureExtractor")
_LARGE_CONVNEXT = 384
"""From this size on ConvNext's pictures are not cropped."""
_BILINEAR, _BICUBIC = 2, 3
_CENTERED = ("Bit", "CLIP", "DeiT", "MobileNetV1", "MobileNetV2")
"""Processors that crop unless told otherwise."""
_TO_RGB = ("Bit", "CLIP")
"""Processors that bring pictures to RGB unless told otherwise; of the others only ViT's can be told to."""
_TIMM_CROP = 0.875
_IMAGENET_MEAN, _IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_TIMM_FILTERS = {"nearest": 0, "lanczos": 1, "bilinear": _BILINEAR, "bicubic": _BICUBIC, "box": 4, "hamming": 5}


def preprocessing(facts: Mapping[str, Any]) -> dict[str, Any] | None:
    """Steps as `jettison_runtime.pictures.Preprocessing` reads them; None when they are others."""
    kind = str(facts.get("image_processor_type") or facts.get("feature_extractor_type") or "")
    family = next((each for each in PROCESSORS if kind in [each + ending for ending in _ENDINGS]), None)
    if family is None or facts.get("do_flip_channel_order") or facts.get("do_pad"):
        return None
    rgb = facts.get("do_convert_rgb")
    size, crop = _size(facts.get("size", 224), family), _size(facts.get("crop_size", 224), "")
    steps: dict[str, Any] = {"shortest": None, "size": None, "crop": None, "scale": None, "mean": None, "std": None}
    steps["resample"] = facts.get("resample", _BICUBIC if family in ("Bit", "CLIP", "DeiT") else _BILINEAR)
    steps["to_rgb"] = bool(family in _TO_RGB if rgb is None else rgb) and family in (*_TO_RGB, "ViT")
    if facts.get("do_resize", True):
        steps |= _convnext(size, facts) if family == "ConvNext" else size
    if facts.get("do_center_crop", family in _CENTERED):
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


def of_timm(settings: Mapping[str, Any]) -> dict[str, Any] | None:
    """Steps of timm's transform for evaluation, by a model's ``pretrained_cfg``; None when they are others.

    Source: timm 1.0, ``timm.data.transforms_imagenet_eval`` and ``resolve_data_config``: the shorter edge (or both) to
    the size over ``crop_pct``, the middle cut out, 0 to 1, normalized.
    """
    size = settings.get("input_size") or [3, 224, 224]
    resample = _TIMM_FILTERS.get(settings.get("interpolation") or "bicubic")
    mode = settings.get("crop_mode") or "center"
    if size[0] != 3 or size[1] != size[2] or resample is None or mode not in ("center", "squash"):
        return None
    edge = math.floor(size[1] / (settings.get("crop_pct") or _TIMM_CROP))
    if edge < size[1]:
        return None
    return {
        "shortest": edge if mode == "center" else None,
        "size": [edge, edge] if mode == "squash" else None,
        "resample": resample,
        "crop": [size[1], size[2]],
        "rounded": True,
        "scale": 1 / 255,
        "mean": [float(each) for each in settings.get("mean") or _IMAGENET_MEAN],
        "std": [float(each) for each in settings.get("std") or _IMAGENET_STD],
    }


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
