"""Draws and exports small models, and says what expressions give: a program for an interpreter with transformers.

python perceiving_peer.py MODELS QUESTIONS ANSWERS          QUESTIONS: a JSON list of [folder, expression]
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np


def things(files: Path) -> dict[str, Any]:
    """What expressions speak of: pictures and their files."""
    import base64

    from PIL import Image

    wide = Image.open(files / "wide.png")
    return {
        "WIDE": wide,
        "TALL": wide.rotate(90, expand=True),
        "GREY": wide.convert("L"),
        "ALPHA": wide.convert("RGBA"),
        "TURNED": Image.open(files / "turned.jpg"),
        "PATH": str(files / "wide.png"),
        "BASE64": base64.b64encode((files / "wide.png").read_bytes()).decode(),
        "np": np,
    }


def said(expression: str, folder: str, transformers: Any, named: dict[str, Any]) -> Any:
    """The value as JSON has it, numpy's numbers as lists; or the kind of error."""
    try:
        return json.loads(json.dumps(plain(eval(expression, {**named, "T": transformers, "M": folder}))))
    except Exception as error:  # noqa: BLE001  (whichever it is, it is what is compared)
        return f"raised {type(error).__name__}"


def plain(value: Any) -> Any:
    if hasattr(value, "keys"):
        return {str(key): plain(value[key]) for key in value.keys()}  # noqa: SIM118  (these are not all dicts)
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value.tolist() if hasattr(value, "tolist") else value


def draw(models: Path) -> None:
    """A classifier and a network without a head, random ones, each as transformers saves it and as ``model.onnx``.

    `jettison.convert.exporters` asks the exporter that follows Python code first, which takes longer and other packages.
    """
    import torch
    import transformers as T  # noqa: N812

    torch.manual_seed(0)
    names = {number: f"thing {number}" for number in range(7)}
    labels = {"id2label": names, "label2id": {name: number for number, name in names.items()}}
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    vit = T.ViTConfig(**sizes, intermediate_size=32, image_size=32, patch_size=8, **labels)
    processor = T.ViTImageProcessor(size={"height": 32, "width": 32})
    for name, model, outputs in (
        ("labels", T.ViTForImageClassification(vit), ["logits"]),
        ("states", T.ViTModel(vit), ["last_hidden_state", "pooler_output"]),
    ):
        for parameter in model.parameters():
            if parameter.ndim > 1:
                torch.nn.init.normal_(parameter, std=0.3)
        model.eval().save_pretrained(models / name)
        processor.save_pretrained(models / name)
        axes = {each: {0: "batch"} for each in ("pixel_values", *outputs)}
        torch.onnx.export(
            model,
            (torch.zeros(2, 3, 32, 32),),
            str(models / f"{name}.onnx"),
            dynamo=False,
            input_names=["pixel_values"],
            output_names=outputs,
            dynamic_axes=axes,
            opset_version=18,
        )


def main(models: str, questions: str, answers: str) -> None:
    import torch
    import transformers

    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    transformers.logging.set_verbosity_error()
    draw(Path(models))
    named = things(Path(models).parent / "files")
    asked = json.loads(Path(questions).read_text())
    found = [said(expression, str(Path(models, name)), transformers, named) for name, expression in asked]
    Path(answers).write_text(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
