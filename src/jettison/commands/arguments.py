"""Arguments that several commands share, so that they are called and explained alike."""

from __future__ import annotations

import argparse
from pathlib import Path

from jettison.workspace import Workspace, cache_root


def service(parser: argparse.ArgumentParser) -> None:
    """SERVICE, and what chooses within it."""
    parser.add_argument("service", type=Path, metavar="SERVICE", help="folder of the service")
    parser.add_argument("--dockerfile", type=Path, metavar="FILE", help="when the folder holds several")
    parser.add_argument("--models", type=Path, metavar="DIR", help="where models that the code names by hub name lie")


def out(parser: argparse.ArgumentParser, default: str) -> None:
    """--out."""
    parser.add_argument("--out", type=Path, metavar="DIR", help=f"folder to write (default: {default})")


def as_json(parser: argparse.ArgumentParser) -> None:
    """--json."""
    parser.add_argument("--json", action="store_true", help="print the result as JSON, and nothing else, on stdout")


def workspace() -> Workspace:
    """The cache of this user."""
    return Workspace(root=cache_root())
