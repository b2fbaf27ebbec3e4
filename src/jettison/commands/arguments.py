"""Arguments that several commands share, so that they are called and explained alike."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from jettison.workspace import Workspace, cache_root

_UNITS = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}


def service(parser: argparse.ArgumentParser, what: str = "folder of the service") -> None:
    """SERVICE, and what chooses within it."""
    parser.add_argument("service", type=Path, metavar="SERVICE", help=what)
    parser.add_argument(
        "--dockerfile", type=Path, metavar="FILE", help="the one that builds it, when the folder holds several"
    )
    parser.add_argument(
        "--models", type=Path, metavar="DIR", help="where models lie that the code names and the folder does not hold"
    )


def out(parser: argparse.ArgumentParser, default: str) -> None:
    """--out."""
    parser.add_argument("--out", type=Path, metavar="DIR", help=f"folder to write (default: {default})")


def as_json(parser: argparse._ActionsContainer) -> None:
    """--json."""
    parser.add_argument("--json", action="store_true", help="print the result as JSON, and nothing else, on stdout")


def workspace() -> Workspace:
    """The cache of this user."""
    return Workspace(root=cache_root())


def size(text: str) -> int:
    """Bytes, from ``512MB`` or ``1GiB``."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([A-Za-z]*)", text)
    factor = _UNITS.get(match[2].upper()) if match else None
    if match is None or factor is None or float(match[1]) <= 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a size such as 512MB or 1GiB")
    return int(float(match[1]) * factor)
