"""``jettison inspect MODEL``: why a model is as large as it is, in lines."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path

from jettison.records import SizeAccount

_MODEL_FILES = (".onnx", ".safetensors", ".bin", ".pt", ".pth", ".jit", ".ckpt")
_WEIGHTS = ("*.onnx", "*.safetensors", "pytorch_model*.bin", "*.pt", "*.pth", "onnx/*.onnx")
_CODE_OF_A_MODEL = ("modeling_", "configuration_", "tokenization_", "processing_", "image_processing_")
_SERVICE = ("Dockerfile", "jettison.toml", "requirements.txt", "pyproject.toml")
_INDENT = 14 * " "


def is_model(path: Path) -> bool:
    """Whether it is a model by itself: a file of weights or a graph, or a folder of such and of no service."""
    if not path.is_dir():
        return path.is_file() and path.suffix in _MODEL_FILES
    app = any(not file.name.startswith(_CODE_OF_A_MODEL) for file in path.glob("*.py"))
    if app or any((path / name).exists() for name in _SERVICE):
        return False
    return any(True for pattern in _WEIGHTS for _ in path.glob(pattern))


def account(path: Path) -> SizeAccount:
    """Bytes by cause, with remedies that fit what is there."""
    from jettison.intake.sizes import size_account

    trained = _trained(path)
    return size_account(path, trained=trained) if trained else size_account(path)


def lines(found: SizeAccount, width: int) -> Iterator[str]:
    """For a person.

    :param width: columns; 0: a line stays a line.
    """
    for cause in found.causes:
        yield from _wrapped(f"{_size(cause.size_bytes):>12}  {cause.what}", width)
        if cause.remedy:
            yield from _wrapped(f"{'where':>12}  {', '.join(cause.places)}", width)
            yield from _wrapped(f"{'remedy':>12}  {cause.remedy} (saves about {_size(cause.saves_bytes)})", width)
    files = "1 file" if len(found.file_bytes) == 1 else f"{len(found.file_bytes)} files"
    yield f"{_size(found.size_bytes):>12}  together: {found.size_bytes:,} bytes in {files}"
    if found.saves_bytes:
        yield f"{_size(found.size_bytes - found.saves_bytes):>12}  would be left, about"
    for note in found.notes:
        yield from _wrapped(f"{'note':>12}  {note}", width)


def _wrapped(line: str, width: int) -> list[str]:
    return textwrap.wrap(
        line,
        width or len(line),
        subsequent_indent=_INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _size(count: int) -> str:
    if count < 100_000:
        return f"{count / 1000:.1f} kB"
    return f"{count / 1e6:.2f} MB"


def _trained(path: Path) -> str:
    """What a remedy converts: the graph, or the folder where a converter knows its kind; else it is not here."""
    from jettison.convert.architectures import ARCHITECTURES
    from jettison.errors import JettisonError
    from jettison.intake.models.model_folders import model_at

    if path.suffix == ".onnx":
        return str(path)
    graphs = sorted(path.glob("*.onnx")) if path.is_dir() else []
    if graphs:
        return str(graphs[0]) if len(graphs) == 1 and not (path / "manifest.json").is_file() else ""
    try:
        found = model_at(path, [])
    except JettisonError:  # it says so itself when its bytes are looked at
        return ""
    known = {name for each in ARCHITECTURES for name in each.MODEL_TYPES}
    return str(path) if found and found.architecture in known else ""
