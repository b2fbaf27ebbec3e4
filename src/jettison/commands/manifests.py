"""``jettison manifests``: what Kubernetes, KServe, Azure Container Apps and docker compose are told of a service."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from jettison.workspace import check_output, output_folder
from jettison_runtime.serving.command import size

from . import arguments

NAME = "manifests"
SUMMARY = "write manifests for Kubernetes, KServe, Azure Container Apps and docker compose, with the measured limits"
EXAMPLES = """\
  jettison manifests ./service-jettison --image registry.example/service:1    what `jettison optimize` wrote
  jettison manifests ./service-jettison --memory 512MB --at-once 8            other limits than the measured ones
  jettison manifests model-jettison/fp32 --image registry.example/model:1 --memory 400MB"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "given", type=Path, metavar="OUT|MODEL", help="a folder from `jettison optimize`, or a converted model"
    )
    parser.add_argument("--image", metavar="NAME", help="what the platform pulls [the image's own name]")
    parser.add_argument("--memory", type=size, metavar="SIZE", help="memory limit: 512MB, 1GiB [as measured]")
    parser.add_argument("--cores", type=_count, metavar="N", help="cores of a replica [as measured]")
    parser.add_argument("--at-once", type=_count, metavar="N", help="requests that a replica takes at a time")
    arguments.out(parser, "NAME-manifests")
    arguments.as_json(parser)


def run(options: argparse.Namespace) -> int:
    """Write and name the files."""
    from jettison.manifests import manifests
    from jettison.pipeline import Told, placed

    told = Told(image=options.image, memory_bytes=options.memory, cores=options.cores, at_once=options.at_once)
    placement = placed(options.given, told)
    out: Path = options.out or Path(f"{options.given.resolve().name}-manifests")
    check_output(out)
    files = manifests(placement)
    with output_folder(out) as folder:
        for name, content in files:
            (folder / name).write_bytes(content)
    if options.json:
        from jettison.records import to_json

        written = [str(out / name) for name, _ in files]
        print(json.dumps({"placement": json.loads(to_json(placement)), "files": written}, indent=1))
        return 0
    for source in placement.sources:
        print(source)
    for name, _ in files:
        print(out / name)
    return 0


def _count(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 10_000:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 to 10000")
    return int(text)
