"""``jettison convert``: a trained model to the forms that run without torch."""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

from jettison.errors import ConversionWrong, UnsupportedModel
from jettison.records import Candidate, Rejected, Steps, to_json
from jettison.workspace import check_output, output_folder

from . import arguments
from .progress import drawn

NAME = "convert"
SUMMARY = "convert a trained model to checked ONNX forms, without torch"
EXAMPLES = """\
  jettison convert ./model                            every form, each in its own folder
  jettison convert ./model --form int8-blocks         one form
  jettison convert ./model --texts samples.txt        check with what the model is really asked, a text a line
  jettison convert model.onnx --data samples.npz      a graph: an array for each input, a row a sample
  jettison convert ./wav2vec2 --data ./sounds         a classifier of sounds: a folder of WAV files"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    from jettison.convert.forms import FORMS
    from jettison.convert.graphs.forms import GRAPH_FORMS
    from jettison.machine import CPUS

    parser.add_argument(
        "model",
        type=Path,
        metavar="MODEL",
        help="folder that `save_pretrained` wrote, an ONNX file, a frozen graph, a SavedModel, a Keras file, "
        "TorchScript, or module:factory for a torch.nn.Module",
    )
    names = list(dict.fromkeys([form.name for form in FORMS] + [form.name for form in GRAPH_FORMS]))
    parser.add_argument("--form", action="append", choices=names, help="default: all that the model has")
    parser.add_argument("--name", help="the name by which the service's code loads it (default: the folder's name)")
    parser.add_argument("--texts", type=Path, metavar="FILE", help="texts to calibrate and check with, a text a line")
    parser.add_argument(
        "--data",
        type=Path,
        metavar="FILE",
        help="of a graph: samples to calibrate and judge by (.npz, or a folder of pictures or WAV files)",
    )
    parser.add_argument(
        "--cpu",
        action="append",
        default=[],
        choices=CPUS,
        help="what it shall be right on (may be given again): docs/fleet.md",
    )
    parser.add_argument(
        "--one-file", action="store_true", help="of a graph: weights within model.onnx, for an app that opens it itself"
    )
    parser.add_argument(
        "--requirement", action="append", default=[], metavar="LINE", help="what the code of module:factory needs"
    )
    arguments.out(parser, "MODEL-jettison")
    arguments.as_json(parser)


def run(options: argparse.Namespace) -> int:
    """Convert and write the folders."""
    out: Path = options.out or Path(f"{options.model.resolve().name.replace(':', '-')}-jettison")
    check_output(out)
    from jettison.convert.exporters import is_graph

    graph = is_graph(options.model)
    made, rejected = drawn(_graph_forms(options) if graph else _text_forms(options))
    if not made:
        raise ConversionWrong(
            "no form of this model can be used here",
            where="; ".join(f"{each.name}: {each.reason}" for each in rejected),
            next_step="give what a form asks for (--data, --cpu), or convert on the machine that it will run on",
        )
    with output_folder(out) as folder:
        for candidate in made:
            if candidate.model:
                shutil.copytree(candidate.model.path, folder / candidate.name)
    _print(out, options.model, made, rejected, as_json=options.json)
    if graph and not options.json:
        for each in made:
            print(f"{each.name:<14} {each.recipe[-1]}")
    return 0


_Made = Steps[tuple[tuple[Candidate, ...], tuple[Rejected, ...]]]


def _text_forms(options: argparse.Namespace) -> _Made:
    """Of a Hugging Face folder with a tokenizer."""
    from jettison.convert import candidates
    from jettison.convert.forms import FORMS

    texts = options.texts.read_text(encoding="utf-8").splitlines() if options.texts else []
    name = options.name or options.model.resolve().name
    forms = [form for form in FORMS if form.name in options.form] if options.form else None
    if forms is not None and (missing := sorted(set(options.form) - {form.name for form in forms})):
        raise UnsupportedModel(
            f"a model that reads texts has no form {' or '.join(missing)}",
            where=str(options.model),
            next_step=f"it has {', '.join(form.name for form in FORMS)}",
        )
    return candidates(
        options.model, name=name, prompts=texts, workspace=arguments.workspace(), forms=forms, cpus=options.cpu
    )


def _graph_forms(options: argparse.Namespace) -> _Made:
    """Of a graph, or of what its framework makes a graph of."""
    from jettison.convert.exporters import export, kind_of
    from jettison.convert.graphs import Origin, graph_candidates
    from jettison.convert.graphs.entries import entries_of
    from jettison.convert.graphs.sample_files import sample_file

    model, workspace = options.model, arguments.workspace()
    exporter = kind_of(str(model))
    entries = entries_of(model) if model.is_dir() else {}
    data = yield from sample_file(options.data, entries, workspace)
    asked = {
        "name": options.name or model.resolve().name,
        "data": data,
        "workspace": workspace,
        "forms": options.form,
        "cpus": options.cpu,
        "one_file": options.one_file,
    }
    if exporter is None:
        return (yield from graph_candidates(model, **asked))
    made = yield from export(exporter, str(model), data, options.requirement, workspace)
    graph = yield from made.graph()
    origin = Origin(words=f"the {exporter.kind}", answered=made.answers, entries=entries)
    return (yield from graph_candidates(graph, origin=origin, **asked))


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
    files = [model] if model.is_file() else [file for file in model.rglob("*") if file.is_file()]
    if files:
        print(f"{'original':<14} {sum(file.stat().st_size for file in files) / 1e6:>8.1f} MB")
    for each in made:
        if each.model and each.check:
            print(
                f"{each.name:<14} {each.model.size_bytes / 1e6:>8.1f} MB   cosine with the reference "
                f"{each.check.cosine:.5f}, {each.check.agreed} in {each.check.agreement:.1%} of {each.check.steps} "
                f"{each.check.unit}"
            )
        for one in each.fleet:
            print(f"{'':<14} {one.cpu}: {one.words}")
    for no in rejected:
        print(f"{no.name:<14} left out: {no.reason}")
    print(f"written to {out}; load one with jettison_runtime.load({str(out / made[0].name)!r})")
