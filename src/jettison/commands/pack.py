"""``jettison pack``: a service and a converted model to an OCI image."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from jettison.records import to_json
from jettison.workspace import check_output

from . import arguments
from .progress import drawn

NAME = "pack"
SUMMARY = "pack the adapted service with a converted model into an image, without daemon or root"
EXAMPLES = """\
  jettison pack ./service --model ./model-jettison/int8-blocks
  jettison pack ./service --model ./converted --base-lock base.lock.json   the very same base again
  jettison pack ./service                                                  unchanged, on CPU torch"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    arguments.service(parser)
    parser.add_argument("--model", type=Path, metavar="DIR", dest="converted", help="a folder from `jettison convert`")
    parser.add_argument("--base", default="debian", metavar="BASE", help="debian, or an OCI layout folder")
    parser.add_argument("--base-lock", type=Path, metavar="FILE", help="a base.lock.json: the same base again")
    arguments.out(parser, "SERVICE-image")
    arguments.as_json(parser)


def run(options: argparse.Namespace) -> int:
    """Pack and print the digest."""
    from jettison.pipeline import Wish, packed

    out: Path = options.out or Path(f"{options.service.resolve().name}-image")
    check_output(out)
    wish = Wish(
        service=options.service,
        out=out,
        dockerfile=options.dockerfile,
        models=options.models,
        base=options.base,
        base_lock=options.base_lock,
    )
    image = drawn(packed(wish, options.converted, arguments.workspace()))
    if options.json:
        print(json.dumps(json.loads(to_json(image)), indent=1))
        return 0
    for layer in image.layers:
        sizes = f"{layer.unpacked_bytes / 1e6:>9.1f} MB unpacked{layer.compressed_bytes / 1e6:>9.1f} MB compressed"
        sys.stderr.write(f"{layer.name:<11}{sizes}\n")
    for note in image.notes:
        sys.stderr.write(f"note: {note}\n")
    # The reference alone on stdout, so that it can stand in a command line.
    print(f"{out}/image@{image.digest}")
    return 0
