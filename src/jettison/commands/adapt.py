"""``jettison adapt``: the app from torch and transformers to the runtime, as a diff to review."""

from __future__ import annotations

import argparse
import re
import shutil
import sys
from pathlib import Path

from jettison.errors import NotAService
from jettison.records import Adaptation, Deployment, to_json
from jettison.workspace import check_output, output_folder, space_for

from . import arguments

NAME = "adapt"
SUMMARY = "rewrite the app from torch, transformers or TensorFlow to the runtime, or say which lines stand in the way"
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
        _print(app, found)
    if options.out and app.complete:
        with output_folder(options.out) as folder:
            _copy(found.root, folder, besides=options.out)
            for file in app.files:
                (folder / file.path).unlink()  # a link would lead the writing back into the service
                (folder / file.path).write_text(file.after, encoding="utf-8")
        sys.stderr.write(f"written to {options.out}\n")
    return 0 if app.complete else 1


def _copy(root: Path, folder: Path, *, besides: Path) -> None:
    """The service's files; links stay links, and the output that may lie among them is left out."""
    written = {folder.resolve(), besides.resolve()}

    def left_out(place: str, names: list[str]) -> list[str]:
        paths = [Path(place).resolve() / name for name in names]  # the names stay as they are: links may lead anywhere
        return [
            path.name for path in paths if path.name in (".git", "__pycache__") or path in written or _is_special(path)
        ]

    try:
        with space_for(folder):
            shutil.copytree(root, folder, symlinks=True, dirs_exist_ok=True, ignore=left_out)
    except shutil.Error as cause:
        source, _, reason = cause.args[0][0]
        raise NotAService(
            f"a file of the service cannot be copied: {reason}",
            where=source,
            next_step="make it readable, or remove it",
        ) from cause


def _is_special(path: Path) -> bool:
    """A pipe, a socket or a device: nothing that a copy could hold."""
    return not path.is_symlink() and not path.is_dir() and not path.is_file()


def _print(adapted: Adaptation, found: Deployment) -> None:
    for refusal in adapted.refusals:
        print(f"{refusal.file}:{refusal.line}: {refusal.reason}\n    {refusal.code}")
    if adapted.refusals:
        count = len(adapted.refusals)
        lines, they = ("1 line stands", "it is") if count == 1 else (f"{count} lines stand", "they are")
        print(f"\n{lines} in the way; the service keeps its framework until {they} changed")
        return
    print(adapted.diff, end="")
    for note in adapted.notes:
        sys.stderr.write(f"note: {note}\n")
    asked = " ".join(found.requirements).lower()
    needless = [name for name in adapted.removed if re.search(rf"(^| ){re.escape(name)}(?![\w.-])", asked)]
    sys.stderr.write(f"no longer needed: {', '.join(needless) or 'nothing'}\n")
