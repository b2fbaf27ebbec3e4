"""Real files with random weights, written by torch and transformers. Run in their environment."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import torch

FACTORY = """
import torch
from torch import nn


class Residual(nn.Module):
    def __init__(self, width):
        super().__init__()
        convs = [nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
        self.inner = nn.Sequential(*convs, nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width))

    def forward(self, x):
        return torch.relu(x + self.inner(x))


class Separable(nn.Sequential):
    def __init__(self, width):
        deep = nn.Conv2d(width, width, 3, padding=1, groups=width, bias=False)
        super().__init__(deep, nn.BatchNorm2d(width), nn.PReLU(width), nn.Conv2d(width, width, 1), nn.Hardswish())


def pictures(block):
    first = [nn.Conv2d(3, 64, 7, 4, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(2)]
    last = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 100)]
    return nn.Sequential(*first, *(block(64) for _ in range(4)), *last)


class Attentive(nn.Module):
    def __init__(self):
        super().__init__()
        layer = nn.TransformerEncoderLayer(128, 4, 512, dropout=0.0, activation="gelu", batch_first=True)
        self.body = nn.TransformerEncoder(layer, 2)

    def forward(self, x):
        return self.body(x.flatten(2).transpose(1, 2)[..., :1].expand(-1, -1, 128)[:, :64]).mean(1)


MADE = {
    "residual": lambda: pictures(Residual), "separable": lambda: pictures(Separable), "attentive": Attentive,
}


def make():
    torch.manual_seed(0)
    return MADE["NAME"](), {"image": torch.randn(2, 3, 224, 224)}
"""
SMALL = {"hidden_size": 192, "num_attention_heads": 3, "intermediate_size": 768}
CONFIGS: dict[str, dict[str, int]] = {
    "ViT": SMALL,
    "DeiT": SMALL,
    "Beit": SMALL,
    "ResNet": {},
    "RegNet": {},
    "ConvNext": {},
    "ConvNextV2": {},
    "MobileNetV1": {},
    "MobileNetV2": {},
    "PoolFormer": {},
    "Swin": {},
}


def main(kind: str, name: str, place: str) -> None:
    """Write one model."""
    torch.manual_seed(0)
    MAKERS[kind](name, Path(place))


def _module(name: str, place: Path) -> None:
    place.with_suffix(".py").write_text(FACTORY.replace("NAME", name))


def _script(name: str, place: Path) -> None:
    _module(name, place)
    spec = importlib.util.spec_from_file_location("made", place.with_suffix(".py"))
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    model, sample = made.make()
    torch.jit.trace(model.eval(), sample["image"]).save(str(place.with_suffix(".pt")))


def _transformers(name: str, place: Path) -> None:
    import transformers

    config = getattr(transformers, f"{name}Config")(**CONFIGS[name], num_labels=100)
    getattr(transformers, f"{name}ForImageClassification")(config).save_pretrained(place)
    size = {"height": 224, "width": 224}
    half = [0.5] * 3
    steps = {"image_processor_type": "ViTImageProcessor", "size": size, "image_mean": half, "image_std": half}
    (place / "preprocessor_config.json").write_text(json.dumps(steps))


MAKERS = {"torch module": _module, "TorchScript": _script, "transformers": _transformers}

if __name__ == "__main__":
    main(*sys.argv[1:])
