"""``jettison inspect``: what is in a service or an image, and what is heavy."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

from jettison.records import Deployment, Part, Weight, to_json

from . import arguments
from .progress import drawn

NAME = "inspect"
SUMMARY = "what is in a service, or in an image, and what weighs what"
EXAMPLES = """\
  jettison inspect ./service             what was found, and the image as its Dockerfile builds it, weighed
  jettison inspect ./service --no-weigh  only what stands in the folder; asks no index
  jettison inspect ./image               an OCI layout or docker-archive, layer by layer"""

_SHOWN = 15


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    arguments.service(parser)
    parser.add_argument("--no-weigh", action="store_true", help="do not ask the package index")
    parser.add_argument("--all", action="store_true", help="every part, not the heaviest only")
    arguments.as_json(parser)


def run(options: argparse.Namespace) -> int:
    """Read, weigh and print."""
    if _is_image(options.service):
        return _image(options.service, as_json=options.json)
    from jettison.intake import deployment
    from jettison.intake.weigh import weight

    found = deployment(options.service, dockerfile=options.dockerfile, models=options.models)
    weighed = None if options.no_weigh else drawn(weight(found, arguments.workspace()))
    if options.json:
        parts = {"deployment": json.loads(to_json(found)), "weight": json.loads(to_json(weighed))}
        print(json.dumps(parts, indent=1))
        return 0
    for line in described(found):
        print(line)
    if weighed is not None:
        print()
        for line in _heavy(weighed, everything=options.all):
            print(line)
    return 0


def described(found: Deployment) -> Iterator[str]:
    """A deployment in lines for a person."""
    entry, start = found.entry, found.start
    yield f"service     {found.name}  ({found.root})"
    yield f"app         {entry.framework}: {entry.module}:{entry.variable}  ({entry.file}:{entry.line})"
    yield f"start       {' '.join(start.argv)}  (port {start.port}, {start.workers} workers, {start.threads} threads)"
    yield f"image       {found.dockerfile or 'no Dockerfile'}: {found.base_image or 'no base'}, Python {found.python}"
    for model in found.checkpoints:
        where = model.path or "NOT ON THIS MACHINE"
        kind = f"{model.architecture or 'unknown'}, {model.format}"
        yield f"model       {model.name}: {kind}, {model.size_bytes / 1e6:.1f} MB  ({where}, named at {model.place})"
    yield f"requires    {', '.join(found.requirements) or 'nothing'}"
    yield f"requests    {len(found.requests)} recorded"
    if found.truth:
        selection, verdict = len(found.truth.selection), len(found.truth.verdict)
        yield f"labelled    {selection} for selection, {verdict} for the verdict, by {found.truth.metric}"
    for note in found.notes:
        yield f"note        {note}"


def _heavy(weighed: Weight, *, everything: bool) -> Iterator[str]:
    yield f"{'unpacked':>12}{'pulled':>12}  known    part"
    parts = sorted(weighed.parts, key=lambda part: -part.unpacked_bytes)
    for part in parts if everything else parts[:_SHOWN]:
        yield _line(part)
    rest = parts[_SHOWN:]
    if rest and not everything:
        more = sum(part.unpacked_bytes for part in rest)
        yield f"{more / 1e6:>9.1f} MB{'':>12}           {len(rest)} more parts (--all shows them)"
    yield f"{weighed.unpacked_bytes / 1e6:>9.1f} MB{weighed.pulled_bytes / 1e6:>9.1f} MB           together"
    yield f"{weighed.fetched_bytes / 1e6:.2f} MB of distributions were read to know this"
    for sentence in weighed.missing:
        yield f"note: {sentence}"


def _line(part: Part) -> str:
    pulled = "" if part.pulled_bytes is None else f"{part.pulled_bytes / 1e6:.1f} MB"
    asked = f"  ← {', '.join(part.required_by)}" if part.required_by else ""
    return f"{part.unpacked_bytes / 1e6:>9.1f} MB{pulled:>12}  {part.known:<8} {part.name}{asked}"


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
