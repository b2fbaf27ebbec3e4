"""``jettison convert``: a trained model to the forms that run without torch."""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

from jettison.errors import ConversionWrong
from jettison.records import Candidate, Rejected, to_json
from jettison.workspace import check_output, output_folder

from . import arguments
from .progress import drawn

NAME = "convert"
SUMMARY = "convert a trained model to checked ONNX forms, without torch"
EXAMPLES = """\
  jettison convert ./model                            every form, each in its own folder
  jettison convert ./model --form int8-blocks         one form
  jettison convert ./model --texts samples.txt        check with what the model is really asked, a text a line"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    from jettison.convert.forms import FORMS

    parser.add_argument("model", type=Path, metavar="MODEL", help="folder that `save_pretrained` wrote")
    parser.add_argument("--form", action="append", choices=[form.name for form in FORMS], help="default: all")
    parser.add_argument("--name", help="the name by which the service's code loads it (default: the folder's name)")
    parser.add_argument("--texts", type=Path, metavar="FILE", help="texts to check with, a text a line")
    arguments.out(parser, "MODEL-jettison")
    arguments.as_json(parser)


def run(options: argparse.Namespace) -> int:
    """Convert and write the folders."""
    from jettison.convert import candidates
    from jettison.convert.forms import named

    out: Path = options.out or Path(f"{options.model.resolve().name}-jettison")
    check_output(out)
    forms = [named(name) for name in options.form] if options.form else None
    texts = options.texts.read_text(encoding="utf-8").splitlines() if options.texts else []
    made, rejected = drawn(
        candidates(
            options.model,
            name=options.name or options.model.resolve().name,
            prompts=texts,
            workspace=arguments.workspace(),
            forms=forms,
        )
    )
    if not made:
        raise ConversionWrong(
            "no form of this model can be used here",
            where="; ".join(f"{each.name}: {each.reason}" for each in rejected),
            next_step="try it on the machine that it will run on",
        )
    with output_folder(out) as folder:
        for candidate in made:
            if candidate.model:
                shutil.copytree(candidate.model.path, folder / candidate.name)
    _print(out, options.model, made, rejected, as_json=options.json)
    return 0


def _print(
    out: Path, model: Path, made: tuple[Candidate, ...], rejected: tuple[Rejected, ...], *, as_json: bool
) -> None:
    if as_json:
        print(
            json.dumps(
                {"out": str(out), "candidates": json.loads(to_json(made)), "rejected": json.loads(to_json(rejected))}
            )
        )
        return
    original = sum(file.stat().st_size for file in model.rglob("*") if file.is_file())
    print(f"{'original':<14} {original / 1e6:>8.1f} MB")
    for each in made:
        if each.model and each.check:
            print(
                f"{each.name:<14} {each.model.size_bytes / 1e6:>8.1f} MB   cosine with the reference "
                f"{each.check.cosine:.5f}, {each.check.agreed} in {each.check.agreement:.1%} of {each.check.steps} "
                f"{each.check.unit}"
            )
    for no in rejected:
        print(f"{no.name:<14} left out: {no.reason}")
    print(f"written to {out}; load one with jettison_runtime.load({str(out / made[0].name)!r})")
