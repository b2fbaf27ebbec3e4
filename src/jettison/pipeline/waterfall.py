"""The size of the image after every step: as found, CPU torch, ONNX, quantized, no torch, and what was built."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from jettison.intake.weigh import python_parts, weight
from jettison.records import Candidate, Checkpoint, Deployment, Image, ModelFolder, Part, Steps, Weight
from jettison.replay.staging import is_network
from jettison.workspace import Workspace

_MODEL_LAYERS = {"runtime": "base", "libraries": "python", "model": "model", "app": "app"}


def weights_before(deployment: Deployment, workspace: Workspace, *, torch: bool) -> Steps[tuple[Weight, ...]]:
    """As the Dockerfile says, and the same with the CPU build of torch, where that is what the model runs on."""
    as_found = yield from weight(deployment, workspace, name="as found")
    if not torch:
        return (as_found,)
    light = yield from weight(deployment, workspace, name="CPU torch", cpu_torch=True)
    return as_found, replace(light, fetched_bytes=light.fetched_bytes)


def weights_between(
    light: Weight,
    checkpoint: Checkpoint,
    forms: tuple[ModelFolder, ModelFolder],
    *,
    requirements: Sequence[str],
    python: str,
    workspace: Workspace,
    framework: str,
) -> Steps[tuple[Weight, ...]]:
    """The steps on the way: ONNX beside the framework, the chosen form, the framework gone; the base image as found.

    :param light: with the framework's build for CPUs.
    :param forms: the ONNX form in 32-bit floats, and the form that won.
    :param requirements: what the adapted service needs.
    """
    runtime = yield from python_parts(("onnxruntime", "tokenizers", "numpy"), python=python, workspace=workspace)
    names = {part.name for part in light.parts}
    added = tuple(part for part in runtime if part.name not in names)
    adapted = yield from python_parts(requirements, python=python, workspace=workspace)
    plain, chosen = forms
    onnx = _with_model(light, checkpoint, plain)
    quantized = _with_model(light, checkpoint, chosen)
    rest = tuple(part for part in quantized.parts if part.group not in ("python", "bytecode", "cache"))
    return (
        replace(onnx, name="ONNX", parts=(*onnx.parts, *added)),
        replace(quantized, name="quantized", parts=(*quantized.parts, *added)),
        Weight(name=f"no {framework}", parts=(*rest, *adapted), missing=quantized.missing),
    )


def weight_of_image(image: Image) -> Weight:
    """What was built, a part a layer; read back from the written layers."""
    return Weight(
        name="final",
        parts=tuple(
            Part(
                name=layer.name,
                group=_MODEL_LAYERS.get(layer.name, "layers"),  # type: ignore[arg-type]
                pulled_bytes=layer.compressed_bytes,
                unpacked_bytes=layer.unpacked_bytes,
                known="built",
                source="the written layer",
            )
            for layer in image.layers
        ),
    )


def model_sizes(checkpoint: Checkpoint, forms: Sequence[Candidate], winner: str) -> tuple[tuple[str, int], ...]:
    """The model after each step, as the article has it: PyTorch, ONNX, quantized."""
    sizes = {each.name: each.model.size_bytes for each in forms if each.model}
    framework = framework_of(checkpoint)
    steps = [(framework or "as found", checkpoint.size_bytes)]
    if "fp32" in sizes and (framework or winner == "fp32"):
        steps.append(("ONNX", sizes["fp32"]))
    if winner in sizes and winner != "fp32":
        steps.append(("quantized", sizes[winner]))
    return tuple(steps)


def framework_of(checkpoint: Checkpoint) -> str:
    """What a model runs on before; empty for an ONNX file, which stays one."""
    if not is_network(checkpoint):
        return "PyTorch"
    return {"onnx": "", "keras": "Keras"}.get(checkpoint.format, "TensorFlow")


def _with_model(found: Weight, checkpoint: Checkpoint, model: ModelFolder) -> Weight:
    """The weight with a converted model where the original lay."""
    kept = tuple(part for part in found.parts if part.group != "model")
    part = Part(
        name=f"model {checkpoint.name} ({model.form})",
        group="model",
        pulled_bytes=None,
        unpacked_bytes=model.size_bytes,
        known="built",
        source="the converted folder",
    )
    return replace(found, parts=(*kept, part))
