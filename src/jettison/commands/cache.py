"""``jettison cache``: what the cache holds, and how to free it."""

from __future__ import annotations

import argparse
import json

from jettison.errors import SettingsInvalid

from . import arguments

NAME = "cache"
SUMMARY = "show what the cache holds, or clear it"
EXAMPLES = """\
  jettison cache                     sizes by kind
  jettison cache clear               free everything
  jettison cache clear environments  free one kind"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("action", nargs="?", choices=("show", "clear"), default="show", help="default: show")
    parser.add_argument("kind", nargs="?", default="", help="one kind only, as `jettison cache` names them")
    arguments.as_json(parser)


def run(options: argparse.Namespace) -> int:
    """Show or clear."""
    workspace = arguments.workspace()
    sizes = workspace.size_bytes()
    if options.kind and options.kind not in sizes:
        raise SettingsInvalid(
            f"the cache holds no {options.kind!r}",
            where=str(workspace.root),
            next_step=f"name one of: {', '.join(sizes) or 'nothing, for it is empty'}",
        )
    if options.action == "clear":
        freed = workspace.clear(options.kind)
        print(json.dumps({"freed_bytes": freed}) if options.json else f"{freed / 1e6:.1f} MB freed")
        return 0
    if options.kind:
        sizes = {options.kind: sizes[options.kind]}
    if options.json:
        print(json.dumps({"root": str(workspace.root), "size_bytes": sizes}))
        return 0
    print(f"{workspace.root}")
    for kind, size in sizes.items():
        print(f"  {kind:<16} {size / 1e6:>10.1f} MB")
    print(f"  {'together':<16} {sum(sizes.values()) / 1e6:>10.1f} MB")
    return 0
