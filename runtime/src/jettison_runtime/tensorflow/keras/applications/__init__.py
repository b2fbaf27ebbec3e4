"""``keras.applications``: how the pictures of published networks are prepared; the networks themselves are in files."""

from __future__ import annotations

from . import (
    densenet,
    efficientnet,
    inception_v3,
    mobilenet,
    mobilenet_v2,
    resnet,
    resnet50,
    resnet_v2,
    vgg16,
    vgg19,
    xception,
)

__all__ = [
    "densenet",
    "efficientnet",
    "inception_v3",
    "mobilenet",
    "mobilenet_v2",
    "resnet",
    "resnet50",
    "resnet_v2",
    "vgg16",
    "vgg19",
    "xception",
]
