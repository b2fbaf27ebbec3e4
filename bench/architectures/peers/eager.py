"""PyTorch with transformers or timm, as they come."""

from __future__ import annotations

import importlib
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

from . import Answer

NAME = "PyTorch eager fp32"
REQUIREMENTS: tuple[str, ...] = ("torch", "transformers", "timm", "numpy")
FILES = ("*.safetensors",)


def convert(checkpoint: Path, into: Path) -> None:
    """Nothing to convert."""
    shutil.copytree(checkpoint, into, copy_function=os.link, dirs_exist_ok=True)


def load(folder: Path, threads: int) -> Answer:
    """The class that config.json names."""
    import torch

    torch.set_num_threads(threads)
    model = _loaded(folder, json.loads((folder / "config.json").read_text()))

    def answer(kind: str, given: Any, new: int) -> Any:
        rows = torch.from_numpy(given)
        with torch.inference_mode():
            if kind == "seq2seq":
                return model.generate(rows, max_new_tokens=new, min_new_tokens=new, num_beams=1, do_sample=False)[
                    :, 1:
                ].numpy()
            found = model(rows) if kind == "graph" else model(rows, attention_mask=torch.ones_like(rows))
        return (found if isinstance(found, torch.Tensor) else found[0]).numpy()

    return answer


def with_torchvision(name: str) -> Any:
    """A module that needs torchvision, imported as jettison's exporter does it."""
    sys.path.append(str(Path(__file__).parents[3] / "src" / "jettison" / "convert" / "exporters"))
    importlib.import_module("with_torch").importable_torchvision()
    return importlib.import_module(name)


def drawn(config: Path) -> None:
    """Random weights for a config.json, beside it; run as a program in this peer's environment."""
    import torch

    torch.manual_seed(1)
    settings = json.loads(config.read_text())
    model = _made(settings).eval()
    with torch.no_grad():
        for module in model.modules():  # statistics of 0 and 1 would hide what folding them does
            if isinstance(module, torch.nn.BatchNorm2d):
                module.running_mean.normal_(0, 0.1)
                module.running_var.uniform_(0.5, 1.5)
    if "architecture" in settings:
        with_torchvision("timm.models").save_for_hf(model, config.parent, safe_serialization=True)
    else:
        model.save_pretrained(config.parent)


def _made(settings: dict[str, Any]) -> Any:
    """A model of timm, which has an architecture, or of transformers."""
    if "architecture" in settings:
        timm = with_torchvision("timm")
        return timm.create_model(settings["architecture"], pretrained=False, num_classes=settings["num_classes"])
    cls = getattr(with_torchvision("transformers"), settings["architectures"][0])
    return cls(cls.config_class(**settings))


def _loaded(folder: Path, settings: dict[str, Any]) -> Any:
    if "architecture" in settings:
        return with_torchvision("timm").create_model(f"local-dir:{folder}", pretrained=True).eval()
    return getattr(with_torchvision("transformers"), settings["architectures"][0]).from_pretrained(folder).eval()


if __name__ == "__main__":
    drawn(Path(sys.argv[1]))
