"""torch's models to ONNX: a module that a factory makes, TorchScript, a folder of transformers or of timm.

A program for an environment of its own, started with the path of a job; never imported by us.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import json
import pickle
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch

OPSET = 18
Job = dict[str, Any]
Feed = dict[str, Any]
"""Tensors by name."""
Model = tuple[Any, "Feed | None"]
"""A module, and sample inputs where they are known."""
_LARGEST = 2**31
_SAMPLES = 16_000
"""Of a sound to follow a model on."""
_FAILURES = (RuntimeError, ValueError, TypeError, KeyError, IndexError, AttributeError, AssertionError, ImportError)
"""An exporter, and what loads a model, fail in their own ways, all of these kinds."""


def main(path: str) -> int:
    """Do the job; a reason on the last line and 1 when the model cannot be read or exported."""
    warnings.simplefilter("ignore")
    torch.set_grad_enabled(False)
    torch.manual_seed(0)
    importable_torchvision()
    job = json.loads(Path(path).read_text(encoding="utf-8"))
    unreadable: tuple[type[Exception], ...] = (OSError, *_FAILURES, *_damaged())
    try:
        model, sample = LOADERS[job["kind"]](job["path"])
    except pickle.UnpicklingError:
        return _refuse(
            "torch cannot load it: its weights are a pickle with code of its own, which was not run; save them "
            "with save_pretrained(…, safe_serialization=True)"
        )
    except unreadable as refused:
        return _refuse(f"torch cannot load it: {refused}")
    names = job["names"] or (list(sample) if sample else None)
    if names is None:
        return _refuse("what it takes is not known: give samples (--data), named as its forward() names them")
    try:
        names = _ordered(model, names)
    except ValueError as refused:
        return _refuse(str(refused))
    return _answer(job, model, names) if job["do"] == "answer" else _export(job, model, names, sample)


def importable_torchvision() -> None:
    """Let torchvision, where it is installed, be imported beside a build of torch that it was not compiled for.

    Its compiled operators are then missing, and of two it demands to know the arguments. Networks that classify or
    embed pictures use none of them; one that does fails when it is followed.
    """
    if importlib.util.find_spec("torchvision") is None:
        return
    try:
        importlib.import_module("torchvision")
    except RuntimeError:  # operator torchvision::nms does not exist
        for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
            del sys.modules[name]
        for name in ("nms", "qnms"):
            torch.library.define(f"torchvision::{name}", "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")


def _damaged() -> tuple[type[Exception], ...]:
    """What safetensors raises, where it is installed: a kind of its own."""
    if importlib.util.find_spec("safetensors") is None:
        return ()
    kind: type[Exception] = importlib.import_module("safetensors").SafetensorError
    return (kind,)


def _module(path: str) -> Model:
    """``file.py:factory`` or ``package.module:factory``; it gives a module, or a module and its sample inputs."""
    place, _, name = path.rpartition(":")
    if place.endswith(".py"):
        spec = importlib.util.spec_from_file_location("model_given", place)
        if spec is None or spec.loader is None:
            raise ValueError(f"{place} is no Python file")
        module = importlib.util.module_from_spec(spec)
        sys.modules["model_given"] = module
        sys.path.insert(0, str(Path(place).resolve().parent))
        spec.loader.exec_module(module)
    else:
        sys.path.insert(0, str(Path.cwd()))
        module = importlib.import_module(place)
    made = getattr(module, name)()
    model, sample = made if isinstance(made, tuple) else (made, None)
    if not isinstance(model, torch.nn.Module):
        raise TypeError(f"{name}() gave a {type(model).__name__}, no torch.nn.Module")
    return model.eval(), sample


def _torchscript(path: str) -> Model:
    return torch.jit.load(path, map_location="cpu").eval(), None


def _transformers(path: str) -> Model:
    """A folder that save_pretrained wrote, of a model for pictures or sounds: the class that it names."""
    import transformers

    config = transformers.AutoConfig.from_pretrained(path)
    name = (config.architectures or [None])[0]
    if name is None:
        raise ValueError("its config.json names no architecture")
    model = getattr(transformers, name).from_pretrained(path).eval()
    taken = model.main_input_name
    if taken == "pixel_values":
        sample = torch.randn(2, getattr(config, "num_channels", 3), *_sides(path, config))
    elif taken == "input_values" and hasattr(config, "num_mel_bins"):
        sample = torch.randn(2, config.max_length, config.num_mel_bins)
    elif taken == "input_values":
        sample = torch.randn(2, _SAMPLES)
    else:
        raise ValueError(f"{name} takes {taken}, which is neither pictures nor sounds")
    open_axes = {1: "samples"} if sample.ndim == 2 else {}
    return _Outputs(model, taken, open_axes).eval(), {taken: sample}


def _sides(path: str, config: Any) -> tuple[int, int]:
    """Height and width of what the folder's processor makes of a picture; else what the network was built for."""
    place = Path(path, "preprocessor_config.json")
    steps = json.loads(place.read_text(encoding="utf-8")) if place.is_file() else {}
    size = steps.get("crop_size") if steps.get("do_center_crop") else steps.get("size")
    if isinstance(size, dict):
        edge = size.get("shortest_edge")
        size = [size.get("height", edge), size.get("width", edge)]
    size = size or getattr(config, "image_size", None) or 224
    height, width = size if isinstance(size, (list, tuple)) else (size, size)
    return int(height), int(width)


def _timm(path: str) -> Model:
    """A folder that timm.models.push_to_hf_hub would have uploaded: config.json and model.safetensors."""
    import timm

    model = timm.create_model(f"local-dir:{path}", pretrained=True).eval()
    channels, height, width = timm.data.resolve_data_config(model=model)["input_size"]
    name = "logits" if model.num_classes else "pooler_output"
    return _Outputs(model, name=name).eval(), {"pixel_values": torch.randn(2, channels, height, width)}


LOADERS = {"torch module": _module, "TorchScript": _torchscript, "transformers": _transformers, "timm": _timm}


class _Outputs(torch.nn.Module):  # type: ignore[misc]
    """The tensors of what a model of transformers or timm gives, by name."""

    def __init__(self, model: Any, taken: str = "", open_axes: dict[int, str] | None = None, name: str = "") -> None:
        """A model that takes its only input by the name `taken`, and gives tensors by name, or one called `name`.

        :param open_axes: dimensions of the input that differ from call to call, beside the batch.
        """
        super().__init__()
        self.model, self.taken, self.open_axes, self.name = model, taken, open_axes or {}, name

    def forward(self, given: Any) -> dict[str, Any]:
        found = self.model(**{self.taken: given}, return_dict=True) if self.taken else {self.name: self.model(given)}
        return {name: value for name, value in found.items() if isinstance(value, torch.Tensor)}


def _export(job: Job, model: Any, names: list[str], sample: Any) -> int:
    given = _rows(job, names, [0, 1]) if job["samples"] else {name: torch.as_tensor(sample[name]) for name in names}
    first = {name: value[:1] for name, value in given.items()}
    outputs = _named(model(*first.values()))
    into = str(Path(job["into"], "model.onnx"))
    reasons = []
    for way in (_dynamo, _traced):
        for free in (True, False):
            try:
                way(model, given if free else first, list(outputs), into, free)
            except _FAILURES as cause:
                reasons.append(f"{way.__name__[1:]}: {type(cause).__name__}: {cause}")
            else:
                return 0
    return _refuse(f"torch cannot export it: {reasons[-1]}")


def _dynamo(model: Any, given: Feed, outputs: list[str], into: str, free: bool) -> None:
    """torch.export, which follows the Python code."""
    if isinstance(model, torch.jit.ScriptModule):
        raise TypeError("TorchScript is traced")
    batch = torch.export.Dim("batch")
    axes = {place: torch.export.Dim(name) for place, name in _open_axes(model).items()}
    shapes = tuple({0: batch, **axes} if value.ndim else {} for value in given.values()) if free else None
    program = torch.onnx.export(
        model,
        tuple(given.values()),
        dynamo=True,
        input_names=list(given),
        output_names=outputs,
        dynamic_shapes=shapes,
        opset_version=OPSET,
        verbose=False,
    )
    program.save(into, external_data=_bytes(model) > _LARGEST)


def _traced(model: Any, given: Feed, outputs: list[str], into: str, free: bool) -> None:
    """The older exporter, which records one run; the only one for TorchScript."""
    axes = {name: {0: "batch"} for name in outputs} | {name: {0: "batch", **_open_axes(model)} for name in given}
    torch.onnx.export(
        model,
        tuple(given.values()),
        into,
        dynamo=False,
        input_names=list(given),
        output_names=outputs,
        dynamic_axes=axes if free else None,
        opset_version=OPSET,
    )


def _open_axes(model: Any) -> dict[int, str]:
    """Dimensions that differ from call to call, beside the batch."""
    found: dict[int, str] = getattr(model, "open_axes", {})
    return found


def _ordered(model: Any, names: list[str]) -> list[str]:
    """Names in the order in which forward() takes them; a single one may be called anything."""
    if len(names) == 1:
        return names
    if isinstance(model, torch.jit.ScriptModule):
        taken = [argument.name for argument in model.forward.schema.arguments][1:]
    else:
        taken = list(inspect.signature(model.forward).parameters)
    if unknown := sorted(set(names) - set(taken)):
        raise ValueError(f"forward() takes {', '.join(taken)}, and the samples have {', '.join(unknown)}")
    ordered = [name for name in taken if name in names]
    if ordered != taken[: len(ordered)]:
        raise ValueError(
            f"forward() takes {', '.join(taken)} in that order, and the samples leave one out before another"
        )
    return ordered


def _bytes(model: Any) -> int:
    return sum(value.numel() * value.element_size() for value in model.state_dict().values())


def _named(found: Any) -> Feed:
    """Results by name, whatever a module gives."""
    if isinstance(found, torch.Tensor):
        return {"output": found}
    if isinstance(found, dict):
        return {str(name): value for name, value in found.items() if isinstance(value, torch.Tensor)}
    return {f"output_{place}": value for place, value in enumerate(found) if isinstance(value, torch.Tensor)}


def _rows(job: Job, names: list[str], rows: list[int]) -> Feed:
    """Some rows of the samples as one batch."""
    arrays = {name: np.load(job["samples"][name], mmap_mode="r") for name in names}
    count = min(len(array) for array in arrays.values())
    return {
        name: torch.from_numpy(np.concatenate([_row(job, name, array, row) for row in rows if row < count]))
        for name, array in arrays.items()
    }


def _row(job: Job, name: str, array: Any, row: int) -> Any:
    whole = array.ndim > job["ranks"].get(name, array.ndim)
    return np.array(array[row] if whole else array[row : row + 1])


def _answer(job: Job, model: Any, names: list[str]) -> int:
    """What the model itself gives to some rows, as jettison keeps answers."""
    kept = {}
    for row in job["rows"]:
        feed = _rows(job, names, [row])
        kept.update({f"{row}:{name}": value.numpy() for name, value in _named(model(*feed.values())).items()})
    np.savez(Path(job["into"], "answers.npz"), **kept)
    return 0


def _refuse(reason: str) -> int:
    sys.stdout.write(" ".join(reason.split())[:400] + "\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
