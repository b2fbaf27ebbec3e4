"""``jettison inspect``: what is in a service, an image or a model, and what is heavy."""

from __future__ import annotations

import argparse
import json
import shutil
import textwrap
from collections.abc import Iterator
from pathlib import Path

from jettison.records import Checkpoint, Deployment, Part, Weight, to_json

from . import arguments, model_bytes
from .progress import drawn

NAME = "inspect"
SUMMARY = "what is in a service, an image or a model, and what weighs what"
EXAMPLES = """\
  jettison inspect ./service             what was found, and the image as its Dockerfile builds it, weighed
  jettison inspect ./service --no-weigh  only what stands in the folder; asks no index
  jettison inspect ./image               an OCI layout or docker-archive, layer by layer
  jettison inspect model.onnx            why it is this large: bytes by cause, and what takes them away
  jettison inspect ./model               the same of a folder: trained, exported or converted"""

_SHOWN = 15


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    arguments.service(parser, "folder of the service; or an image: an OCI layout, a docker-archive; or a model")
    parser.add_argument("--no-weigh", action="store_true", help="do not ask the package index")
    parser.add_argument("--all", action="store_true", help="every part, not the heaviest only")
    arguments.as_json(parser)


def run(options: argparse.Namespace) -> int:
    """Read, weigh and print."""
    if _is_image(options.service):
        return _image(options.service, as_json=options.json)
    if model_bytes.is_model(options.service):
        return _model_bytes(options.service, as_json=options.json)
    from jettison.intake import deployment
    from jettison.intake.weigh import weight

    found = deployment(options.service, dockerfile=options.dockerfile, models=options.models)
    if not options.json:  # before the weighing: that may take a while, or find no index
        for line in described(found, everything=options.all):
            print(line, flush=True)
    weighed = None if options.no_weigh else drawn(weight(found, arguments.workspace()))
    if options.json:
        parts = {"deployment": json.loads(to_json(found)), "weight": json.loads(to_json(weighed))}
        print(json.dumps(parts, indent=1))
        return 0
    if weighed is not None:
        print()
        for line in _heavy(weighed, everything=options.all):
            print(line)
    return 0


def described(found: Deployment, *, everything: bool = False) -> Iterator[str]:
    """A deployment in lines for a person."""
    width = _width()
    for name, text in _facts(found, everything=everything):
        line = f"{name:<12}{text}"
        yield from textwrap.wrap(
            line, width or len(line), subsequent_indent=12 * " ", break_long_words=False, break_on_hyphens=False
        )


def _facts(found: Deployment, *, everything: bool) -> Iterator[tuple[str, str]]:
    entry, start = found.entry, found.start
    inside = found.dockerfile is not None and found.dockerfile.is_relative_to(found.root)
    dockerfile = found.dockerfile.relative_to(found.root) if found.dockerfile and inside else found.dockerfile
    yield "service", f"{found.name}  ({found.root})"
    yield "app", f"{entry.framework}: {entry.module}:{entry.variable}  ({entry.file}:{entry.line})"
    how = f"port {start.port}, {_count(start.workers, 'worker')}, {_count(start.threads, 'thread')}"
    yield "start", f"{' '.join(start.argv)}  ({how})"
    yield "image", f"{dockerfile or 'no Dockerfile'}: {found.base_image or 'no base'}, Python {found.python}"
    for model in found.checkpoints:
        yield "model", _model(model)
    yield "requires", _listed(found, everything=everything)
    yield "requests", f"{len(found.requests)} recorded"
    if found.truth:
        selection, verdict = len(found.truth.selection), len(found.truth.verdict)
        calibration = f", {len(found.truth.calibration)} for calibration" if found.truth.calibration else ""
        yield "labelled", f"{selection} for selection, {verdict} for the verdict{calibration}, by {found.truth.metric}"
    for note in found.notes:
        yield "note", note


def _model(model: Checkpoint) -> str:
    if model.path is None:
        return f"{model.name}: NOT ON THIS MACHINE  (named at {model.place})"
    kind = f"{model.architecture or 'unknown'}, {model.format}"
    how = f"named at {model.place}" if ":" in model.place else f"known by {model.place}"
    return f"{model.name}: {kind}, {model.size_bytes / 1e6:.1f} MB  ({model.path}, {how})"


def _listed(found: Deployment, *, everything: bool) -> str:
    """What is installed: packages of an index, then what comes from elsewhere."""
    elsewhere = [line for install in found.python_installs for line in install.direct]
    lines = list(dict.fromkeys([*found.requirements, *elsewhere]))
    more = 0 if everything else max(0, len(lines) - _SHOWN)
    rest = f", and {more} more (--all shows them)" if more else ""
    return ", ".join(lines[: len(lines) - more]) + rest or "nothing"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _width() -> int:
    """Columns of the terminal; 0 where the output is no terminal, so that a line stays a line."""
    return shutil.get_terminal_size((0, 0)).columns


def _heavy(weighed: Weight, *, everything: bool) -> Iterator[str]:
    yield f"{'unpacked':>12}{'pulled':>12}  known    part"
    parts = sorted(weighed.parts, key=lambda part: -part.unpacked_bytes)
    for part in parts if everything else parts[:_SHOWN]:
        yield _line(part)
    rest = parts[_SHOWN:]
    if rest and not everything:
        more = sum(part.unpacked_bytes for part in rest)
        yield f"{more / 1e6:>9.1f} MB{'':>12}           {len(rest)} more parts (--all shows them)"
    together = "together, at least: the notes say what is not in it" if weighed.missing else "together"
    yield f"{weighed.unpacked_bytes / 1e6:>9.1f} MB{weighed.pulled_bytes / 1e6:>9.1f} MB           {together}"
    yield f"{weighed.fetched_bytes / 1e6:.2f} MB of distributions were read to know this"
    for sentence in weighed.missing:
        line = f"{'note':<12}{sentence}"
        yield from textwrap.wrap(line, _width() or len(line), subsequent_indent=12 * " ", break_long_words=False)


def _line(part: Part) -> str:
    pulled = "" if part.pulled_bytes is None else f"{part.pulled_bytes / 1e6:.1f} MB"
    asked = f"  ← {', '.join(part.required_by)}" if part.required_by else ""
    line = f"{part.unpacked_bytes / 1e6:>9.1f} MB{pulled:>12}  {part.known:<8} {part.name}{asked}"
    width = _width()
    return line if not width or len(line) <= width else f"{line[: width - 1]}…"


def _model_bytes(path: Path, *, as_json: bool) -> int:
    found = model_bytes.account(path)
    if as_json:
        print(to_json(found, indent=1).decode())
        return 0
    for line in model_bytes.lines(found, _width()):
        print(line)
    return 0


def _is_image(path: Path) -> bool:
    return (path / "oci-layout").is_file() or (path.is_file() and path.suffix in (".tar", ".gz", ".tgz"))


def _image(path: Path, *, as_json: bool) -> int:
    from jettison.pack.inspection import inspected

    found = drawn(inspected(path))
    if as_json:
        print(to_json(found, indent=1).decode())
        return 0
    print(f"{found.reference or path}  {found.digest}  {found.architecture}")
    for layer in found.layers:
        sizes = f"{layer.unpacked_bytes / 1e6:>9.1f} MB{layer.compressed_bytes / 1e6:>9.1f} MB"
        print(f"{sizes}  {layer.files:>6} files  {layer.name or layer.digest[:19]}")
    print(f"{found.unpacked_bytes / 1e6:>9.1f} MB{found.compressed_bytes / 1e6:>9.1f} MB  together")
    return 0
