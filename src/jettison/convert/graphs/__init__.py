"""Models that arrive as graphs: from an ONNX file to every form that works here, each checked before it may go on.

What touches the graph runs in a limited child process (`workshop`, started by `jobs`); what is decided is decided in
`conversion`. Every step is kept by the digest of what went into it, so that a run that was stopped goes on, and the
same samples give the same model.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jettison.convert import fleet
from jettison.errors import UnsupportedModel
from jettison.records import Candidate, Progress, Rejected, Steps, from_json, to_json
from jettison.workspace import Workspace, code_digest, digest, file_digest

from .conversion import Answered, Conversion, Origin
from .cpu import weight_bits
from .forms import GRAPH_FORMS, GraphForm
from .jobs import Jobs, Refused
from .reading import GraphFile, graph_file
from .samples import Samples, feed, opened, samples
from .writing import MODEL

__all__ = ["GRAPH_FORMS", "Answered", "GraphForm", "Origin", "graph_candidates"]

Outcome = tuple[tuple[Candidate, ...], tuple[Rejected, ...]]
_EMULATED = 8
"""Samples that a form is emulated on, of those to judge by."""


def graph_candidates(  # noqa: PLR0913  (one for each thing that may be asked of a conversion)
    path: Path,
    *,
    name: str,
    data: Path | None,
    workspace: Workspace,
    forms: Sequence[str] | None = None,
    origin: Origin | None = None,
    cpus: Sequence[str] = (),
    one_file: bool = False,
) -> Steps[Outcome]:
    """Convert an ONNX file to every form that works here.

    :param name: as the service's code names the model.
    :param forms: names of `GRAPH_FORMS`; None: all.
    :param data: ``.npz`` with an array for each input, a row a sample; None: checked on random numbers, and said so.
    :param origin: what the graph was exported from; None: it is the original itself.
    :param cpus: kinds of CPU that the model shall be right on; empty: this one.
    :param one_file: weights within ``model.onnx``, for code that opens that file by itself.
    :raises ModelMissing, ModelUnreadable, UnsafeModel, UnsupportedModel: see `graph_file`.
    :raises RequestsMissing: samples that do not fit the model.
    """
    chosen, origin = _chosen(forms, path), origin or Origin()
    graph = graph_file(path)
    folder, rows = yield from _parted(graph, data, workspace)
    conversion = Conversion(
        jobs=Jobs(graph=graph, samples=folder, workspace=workspace),
        entries={"name": name, **origin.entries},
        rows=rows,
        origin=origin,
        bits=weight_bits(cpus),
        one_file=one_file,
    )
    normal = yield from conversion.normal()
    made: list[Candidate] = []
    rejected: list[Rejected] = []
    for number, form in enumerate(chosen):
        yield Progress(step="convert", done=number, total=len(chosen), note=form.name)
        try:
            found = yield from conversion.form(normal, form)
        except Refused as refused:
            rejected.append(Rejected(name=form.name, reason=str(refused)))
        else:
            feeds = functools.partial(_feeds, graph, folder, rows)
            asked = (folder.name, rows)
            certified = yield from fleet.certified(found, cpus, feeds, workspace, asked=asked, plain=one_file)
            if isinstance(certified, Rejected):
                rejected.append(certified)
            else:
                made.append(certified)
    yield Progress(step="convert", done=len(chosen), total=len(chosen))
    return tuple(made), tuple(rejected)


def _chosen(names: Sequence[str] | None, path: Path) -> list[GraphForm]:
    """The forms of these names, of those that graphs can have."""
    forms = [form for form in GRAPH_FORMS if names is None or form.name in names]
    if missing := sorted(set(names or ()) - {form.name for form in forms}):
        raise UnsupportedModel(
            f"a graph has no form {' or '.join(missing)}",
            where=str(path),
            next_step=f"it has {', '.join(form.name for form in GRAPH_FORMS)}",
        )
    return forms


def _parted(graph: GraphFile, data: Path | None, workspace: Workspace) -> Steps[tuple[Path, Samples]]:
    """The samples, in a folder of the cache, and what each is for."""
    given = file_digest(data) if data is not None and data.is_file() else str(data)
    key = digest(given, graph.inputs, code_digest())

    def fill(into: Path) -> Steps[None]:
        yield Progress(step="convert", note="reading the samples")
        (into / "parts.json").write_bytes(to_json(samples(data, graph.inputs, into)))

    folder = yield from workspace.folder("graph-samples", key, fill)
    return folder, from_json((folder / "parts.json").read_bytes(), Samples)


def _feeds(graph: GraphFile, folder: Path, rows: Samples, model: Path) -> list[tuple[str, dict[str, Any]]]:
    """Some of the samples to judge by, as the graph of a model folder takes them."""
    arrays = opened(folder, graph.inputs)
    return [(MODEL, feed(arrays, graph.inputs, row)) for row in rows.judging[:_EMULATED]]
