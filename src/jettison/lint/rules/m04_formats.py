"""The same weights in several formats."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping

from ...dockerfile.wrappers import program
from ...records import FixClass
from ..builds import Build
from ..code import Code, code_of
from ..downloads import Download, downloads
from ..found import Found, inserted
from ..ignore_files import hides_none_of, ignore_path, with_lines
from ..leftovers import sources_of
from ..project import Project
from ..rule import Example
from ..savings import of_files
from ..weights import LEAST_BYTES, format_of

CODE = "M04"
NAME = "formats"
SUMMARY = "the image holds the same weights in several formats"
WHY = """\
A model's folder on a hub holds its weights for every framework: safetensors, PyTorch's `.bin`, TensorFlow's `.h5`, Flax,
ONNX in several precisions, OpenVINO, Core ML. A service reads one. `transformers` takes safetensors before `.bin`.

Where the code says which (it imports transformers, names no class of TensorFlow or Flax, and nothing of ONNX), the fix
lets the ignore file leave the others out, or gives `hf download` the patterns to leave out. It never touches a file that the code
or a COPY names, and leaves a folder alone that has one format."""
FIX: FixClass = "verify"
ALSO: tuple[str, ...] = ()
SOURCES = ("huggingface.co/docs, huggingface_hub: download files, allow and ignore patterns",)
EXAMPLES = (
    Example(
        bad={
            "Dockerfile": "FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nCMD python app.py\n",
            "app.py": 'from transformers import AutoModel\nAutoModel.from_pretrained("model")\n',
            "model/config.json": "{}",
        },
        good={
            "Dockerfile": "FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nCMD python app.py\n",
            "app.py": 'from transformers import AutoModel\nAutoModel.from_pretrained("model")\n',
            "model/config.json": "{}",
            ".dockerignore": "model/*.bin\nmodel/*.h5\nmodel/onnx\n",
        },
        fixed={
            ".dockerignore": "# weights in formats that the service does not read\n"
            "model/onnx/model.onnx\nmodel/pytorch_model.bin\nmodel/tf_model.h5\n"
        },
        sizes={
            "model/model.safetensors": 400_000_000,
            "model/pytorch_model.bin": 400_000_000,
            "model/tf_model.h5": 400_000_000,
            "model/onnx/model.onnx": 400_000_000,
        },
    ),
    Example(
        bad={
            "Dockerfile": "FROM python:3.12-slim\nRUN pip install transformers huggingface_hub\n"
            "RUN hf download org/m \\\n    --local-dir /model\nCOPY app.py .\n",
            "app.py": 'from transformers import AutoModel\nAutoModel.from_pretrained("/model")\n',
        },
        good={
            "Dockerfile": "FROM python:3.12-slim\nRUN pip install transformers huggingface_hub\n"
            'RUN hf download org/m --include "*.json" "*.safetensors" --local-dir /model\nCOPY app.py .\n',
            "app.py": 'from transformers import AutoModel\nAutoModel.from_pretrained("/model")\n',
        },
        fixed={
            "Dockerfile": "FROM python:3.12-slim\nRUN pip install transformers huggingface_hub\n"
            "RUN hf download org/m \\\n    --local-dir /model"
            ' --exclude "*.h5" "*.msgpack" "*.ot" "*.onnx" "*.onnx_data" "openvino*" "coreml/*" "*.tflite"\n'
            "COPY app.py .\n"
        },
        title="A download that takes everything.",
    ),
)
_LEFT_OUT = ("*.h5", "*.msgpack", "*.ot", "*.onnx", "*.onnx_data", "openvino*", "coreml/*", "*.tflite")
"""What PyTorch's classes of transformers never read; ``.bin`` stays, since the hub may hold nothing else."""


def findings(project: Project) -> Iterator[Found]:
    """Every folder of a model with several formats, and every download that takes all of them."""
    for build in project.builds:
        yield from _in_folder(project, build)
        for each in downloads(project, build):
            takes_all = each.kind in ("hub", "clone") and not each.patterns
            if takes_all and each.line.ships and (each.kind == "clone" or _is_snapshot(each)):
                yield _of_download(project, build, each)


def _is_snapshot(each: Download) -> bool:
    """It brings a whole repository; the classes of libraries take what they read."""
    return program(each.run.argv) in ("hf", "huggingface-cli") or "snapshot_download" in " ".join(each.run.argv)


def _of_download(project: Project, build: Build, each: Download) -> Found:
    command = each.run.command
    plain = program(each.run.argv) in ("hf", "huggingface-cli") and each.run.argv[0] == command.words[0].value
    can = plain and command.end > command.start and _reads(code_of(project, build)) == "pytorch"
    patterns = " ".join(f'"{pattern}"' for pattern in _LEFT_OUT)
    return Found(
        file=build.path,
        start=each.line.instruction.start,
        end=each.line.instruction.end,
        message=f"all of {each.name or 'a repository'} is downloaded, for every framework that there are weights for",
        advice="say which files: --include or --exclude, allow_patterns",
        fix="verify",
        changes=(inserted(build.path, command.end, f" --exclude {patterns}"),) if can else (),
    )


def _in_folder(project: Project, build: Build) -> Iterator[Found]:
    folders = _formats(build)
    if not folders:
        return
    code, sources = code_of(project, build), sources_of(build)
    reads = _reads(code)
    for folder, formats in folders.items():
        kept = _kept(reads, formats)
        others = sorted(path for label, paths in formats.items() if label != kept for path in paths)
        free = [path for path in others if posixpath.basename(path) not in code.named and not sources.needs(path)]
        size = sum(project.paths.get(build.below(path), 0) for path in (free if kept else others))
        if size < LEAST_BYTES:
            continue
        can = bool(kept) and hides_none_of(build, free, sources)
        yield Found(
            file=ignore_path(build),
            start=0,
            end=0,
            message=f"{folder or 'the folder'} holds the same weights as {', '.join(sorted(formats))}",
            advice=f"leave out all but {kept}" if kept else "leave out what the service does not read",
            fix="verify",
            changes=(with_lines(project, build, ["# weights in formats that the service does not read", *free]),)
            if can
            else (),
            saving=of_files(project, [build.below(path) for path in free]) if kept else None,
        )


def _formats(build: Build) -> Mapping[str, Mapping[str, list[str]]]:
    """Folders that get into the image with files of several formats, each with its files."""
    by_folder: dict[str, dict[str, list[str]]] = {}
    for each in build.sent.entries:
        label = format_of(each.path) if not each.is_folder and not each.link else ""
        if label:
            folder = posixpath.dirname(each.path)
            if posixpath.basename(folder) in ("onnx", "openvino", "coreml"):
                folder = posixpath.dirname(folder)
            by_folder.setdefault(folder, {}).setdefault(label, []).append(each.path)
    several = {folder: formats for folder, formats in by_folder.items() if len(formats) > 1}
    landed = {landing.source for landing in build.landings.steps} if several else set()
    return {
        folder: formats
        for folder, formats in several.items()
        if all(any(path in landed for path in paths) for paths in formats.values())
    }


def _reads(code: Code) -> str:
    """``pytorch``, ``onnx``, ``tensorflow``; empty when the code does not tell, or tells several."""
    texts = [file.text for file in code.files]
    marks = {
        "onnx": any(word in text for text in texts for word in ("onnxruntime", "ORTModel", ".onnx", "onnx")),
        "openvino": any("openvino" in text or "OVModel" in text for text in texts),
        "tensorflow": any("TFAuto" in text or "import tensorflow" in text or "from_tf" in text for text in texts),
        "flax": any("FlaxAuto" in text or "import jax" in text or "import flax" in text for text in texts),
        "gguf": any("gguf" in text or "llama_cpp" in text for text in texts),
        "pytorch": bool({"transformers", "sentence_transformers", "diffusers", "setfit"} & code.modules),
    }
    found = [label for label, there in marks.items() if there]
    if found == ["pytorch"]:
        return "pytorch"
    if "onnx" in found and not {"pytorch", "tensorflow", "flax", "openvino", "gguf"} & {*found}:
        return "onnx"
    return ""


def _kept(reads: str, formats: Mapping[str, list[str]]) -> str:
    if reads == "pytorch":
        return next((label for label in ("safetensors", "pytorch") if label in formats), "")
    return reads if reads in formats else ""
