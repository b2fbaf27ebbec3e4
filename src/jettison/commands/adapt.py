"""``jettison adapt``: the app from torch and transformers to the runtime, as a diff to review."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from jettison.records import Adaptation, to_json
from jettison.workspace import check_output, output_folder

from . import arguments

NAME = "adapt"
SUMMARY = "rewrite the app from torch and transformers to the runtime, or say which lines stand in the way"
EXAMPLES = """\
  jettison adapt ./service               print the diff; nothing is written
  jettison adapt ./service --out ./new   write the adapted sources into a copy of the folder"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    arguments.service(parser)
    parser.add_argument("--out", type=Path, metavar="DIR", help="write a copy of the service with the adapted sources")
    arguments.as_json(parser)


def run(options: argparse.Namespace) -> int:
    """Adapt and print; 1 when lines are refused."""
    from jettison.intake import deployment
    from jettison.pipeline import adapted

    if options.out:
        check_output(options.out)
    found = deployment(options.service, dockerfile=options.dockerfile, models=options.models)
    app = adapted(found)
    if options.json:
        print(to_json(app, indent=1).decode())
    else:
        _print(app)
    if options.out and app.complete:
        with output_folder(options.out) as folder:
            shutil.copytree(
                found.root, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".git", "__pycache__")
            )
            for file in app.files:
                (folder / file.path).write_text(file.after, encoding="utf-8")
        sys.stderr.write(f"written to {options.out}\n")
    return 0 if app.complete else 1


def _print(adapted: Adaptation) -> None:
    for refusal in adapted.refusals:
        print(f"{refusal.file}:{refusal.line}: {refusal.reason}\n    {refusal.code}")
    if adapted.refusals:
        print(f"\n{len(adapted.refusals)} lines stand in the way; the service keeps torch until they are changed")
        return
    print(adapted.diff, end="")
    for note in adapted.notes:
        sys.stderr.write(f"note: {note}\n")
    sys.stderr.write(f"no longer needed: {', '.join(adapted.removed) or 'nothing'}\n")
