"""Models that arrive as graphs: from an ONNX file to every form that works here, each checked before it may go on.

What touches the graph runs in a limited child process (`workshop`); what is decided is decided here. Every step is kept
by the digest of what went into it, so that a run that was stopped goes on, and the same samples give the same model.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jettison.convert.folder import described
from jettison.errors import ConversionWrong, ModelUnreadable, UnsupportedModel
from jettison.records import Candidate, Check, Progress, Rejected, Steps, from_json, to_json
from jettison.sandbox.limited import Limits, ran
from jettison.workspace import Workspace, code_digest, digest, file_digest

from .calibration import METHODS
from .cpu import weight_bits
from .forms import GRAPH_FORMS, GraphForm
from .normal import OPSET
from .reading import GraphFile, graph_file
from .samples import FEWEST, Samples, samples
from .trials import Trial, Way, best_way

__all__ = ["GRAPH_FORMS", "Answered", "GraphForm", "Origin", "graph_candidates"]

Job = dict[str, Any]
Outcome = tuple[tuple[Candidate, ...], tuple[Rejected, ...]]
Answered = Callable[[dict[str, int], Sequence[int], Path], Steps[Path]]
"""Ranks by input, rows and the folder of samples → a file with answers."""
_SAME = 1e-3
"""Largest difference, as a share of the largest number, between a framework and its export: rounding."""
_PATIENCE_SECONDS, _PATIENCE_A_ROW_SECONDS = 600.0, 5.0
_LEAST_GAIN = 0.98
"""Times of 32-bit floats that a quantized form may take: what is nearer to them is noise, and nothing gained."""


@dataclass(frozen=True, kw_only=True)
class Origin:
    """What a graph was made from."""

    words: str = "the ONNX file"
    answered: Answered | None = None
    """What the framework itself gives that the graph was exported from."""
    entries: Mapping[str, Any] = field(default_factory=dict)
    """What the manifest says of a task of its own; raw tensors when empty."""


class _Refused(Exception):
    """A job that failed, with the reason."""


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
    parts = yield from _parted(graph, data, workspace)
    conversion = _Conversion(
        graph=graph,
        entries={"name": name, **origin.entries},
        folder=parts[0],
        rows=parts[1],
        workspace=workspace,
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
        except _Refused as refused:
            rejected.append(Rejected(name=form.name, reason=str(refused)))
        else:
            made.append(found)
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


@dataclass(frozen=True, kw_only=True)
class _Conversion:
    """One graph on its way to several forms."""

    graph: GraphFile
    entries: Mapping[str, Any]
    rows: Samples
    folder: Path
    """With the samples."""
    workspace: Workspace
    origin: Origin
    bits: int
    """Of quantized weights."""
    one_file: bool

    def normal(self) -> Steps[Path]:
        """The folder with the graph's normal form.

        :raises ModelUnreadable: the graph is invalid, or the runtime cannot run it; with the runtime's reason.
        """
        facts: Job = {"source": str(self.graph.path.absolute()), "rows": self._checked_rows(), "reference": ""}
        if self.origin.answered:
            ranks = {each.name: len(each.shape) for each in self.graph.inputs}
            facts["reference"] = str((yield from self.origin.answered(ranks, facts["rows"], self.folder)))
        reasons = []
        # The converter between operator sets is the part that is known to crash: then the graph stays as it is.
        for upgrade in (True, False) if self.graph.opset < OPSET else (False,):
            try:
                done = yield from self._job("normal", {**facts, "upgrade": upgrade}, timeout=self._patience())
            except _Refused as refused:
                reasons.append(str(refused))
            else:
                return self._right(done)
        raise ModelUnreadable(
            f"ONNX Runtime cannot run this model: it {reasons[-1]}"
            if reasons[-1].startswith(("crashed", "took"))
            else f"this model cannot be run: {reasons[-1]}",
            where=str(self.graph.path),
            next_step="export it again; `onnx.checker.check_model(path, full_check=True)` names the node",
        )

    def _right(self, normal: Path) -> Path:
        off = _found(normal)["off"]
        if not off <= _SAME:
            raise ConversionWrong(
                f"the exported graph is wrong: a number differs by {off:.2%} of the largest one from what"
                f" {self.origin.words} itself gives to the same input",
                where=str(self.graph.path),
                next_step="export it yourself and compare; a layer that draws random numbers has to be off",
            )
        return normal

    def form(self, normal: Path, form: GraphForm) -> Steps[Candidate]:
        """The model in one form; _Refused with the reason why not."""
        facts = self._facts(normal) | {
            "form": form.name,
            "entries": self.entries,
            "bits": self.bits,
            "one_file": self.one_file,
        }
        recipe = [*_found(normal)["done"], form.why]
        if form.name == "int8-static":
            way, said = yield from self._way(normal)
            facts |= way
            recipe += said
        folder = yield from self._job("form", facts | {"rows": list(self.rows.judging)}, timeout=self._patience())
        found = _found(folder)
        if "refused" in found:
            raise _Refused(found["refused"])
        if reason := wrong(form, found):
            raise _Refused(reason)
        speed = _found(normal)["speed"] / found["cost"]
        if form.quantized and self.bits < 8:
            recipe.append(f"weights in {self.bits} bits: no sum of products saturates on a CPU without VNNI")
        recipe.append(f"{speed:.2f} times the speed of the graph as it came, in ONNX Runtime with one thread")
        check = Check(
            reference=f"{self.origin.words}, unoptimised, on {self.rows.words}",
            worst_difference=found["worst_difference"],
            cosine=found["cosine"],
            agreement=found["agreement"],
            steps=int(found["rows"]),
            agreed="same largest number",
            unit="samples",
        )
        return Candidate(name=form.name, recipe=tuple(recipe), model=described(folder / "model"), check=check)

    def _way(self, normal: Path) -> Steps[tuple[Job, list[str]]]:
        """How to quantize: what the job needs to know of it, and what the report says."""
        if self.rows.made_up:
            raise _Refused("ranges of activations are calibrated on samples, and none were given: --data samples.npz")
        if len(self.rows.calibration) + len(self.rows.choosing) + len(self.rows.judging) < FEWEST:
            raise _Refused(f"too few different samples to calibrate and to judge apart: at least {FEWEST} are needed")
        facts = self._facts(normal) | {"bits": self.bits}
        calibrated = yield from self._job(
            "ranges", facts | {"rows": list(self.rows.calibration)}, timeout=self._patience(len(self.rows.calibration))
        )
        if not _found(calibrated)["units"]:
            raise _Refused("it has no convolution or product of trained weights that could be computed in 8 bits")
        facts["ranges"] = str(calibrated / "ranges.json")
        tried = self._tried(facts)
        noise = json.loads((calibrated / "ranges.json").read_text())["noise"]
        trials = yield from best_way(METHODS, noise, len(self.rows.choosing), tried)
        best = trials[-1]
        units = len(_found(calibrated)["units"])
        said = [f"ranges by {best.way.method}, the best of {len(METHODS)} on samples of their own"]
        if best.way.floats:
            layers = ", ".join(best.way.floats)
            said.append(
                f"{len(best.way.floats)} of {units} layers stay in floats, which buys accuracy for little: {layers}"
            )
        return {"ranges": facts["ranges"], "method": best.way.method, "floats": list(best.way.floats)}, said

    def _tried(self, facts: Job) -> Callable[[Way, int], Steps[Trial]]:
        def tried(way: Way, count: int) -> Steps[Trial]:
            kept = f", {len(way.floats)} layers in floats" if way.floats else ""
            yield Progress(step="convert", note=f"int8-static: {way.method}{kept}, {count} samples")
            rows = list(self.rows.choosing[:count])
            job = facts | {"method": way.method, "floats": list(way.floats), "rows": rows}
            folder = yield from self._job("trial", job, timeout=self._patience())
            found = _found(folder)
            return Trial(way=way, **{**found, "rows": int(found["rows"])})

        return tried

    def _facts(self, normal: Path) -> Job:
        return {"normal": str(normal / "normal.onnx"), "answers": str(normal / "answers.npz")}

    def _checked_rows(self) -> list[int]:
        return sorted({*self.rows.choosing, *self.rows.judging})

    def _patience(self, rows: int = 0) -> float:
        """Seconds after which a job is stopped."""
        return _PATIENCE_SECONDS + _PATIENCE_A_ROW_SECONDS * rows

    def _job(self, do: str, facts: Job, *, timeout: float) -> Steps[Path]:
        """The finished folder of one job, done once; _Refused when it fails."""
        key = digest(self.graph.digest, self.folder.name, do, _by_content(facts), code_digest())
        job = {
            "do": do,
            "samples": str(self.folder),
            "inputs": [[each.name, each.dtype, list(each.shape)] for each in self.graph.inputs],
            **facts,
        }

        def fill(into: Path) -> Steps[None]:
            place = into / "job"
            place.mkdir()
            (place / "job.json").write_text(json.dumps({**job, "into": str(into)}), encoding="utf-8")
            command = [sys.executable, "-m", "jettison.convert.graphs.workshop", str(place / "job.json")]
            needed = (self.workspace.root.absolute(), self.graph.path.absolute().parent)
            ended = yield from ran(
                command,
                writable=into,
                needed=needed,
                environment={"PYTHONPATH": _own_code(), "PYTHONDONTWRITEBYTECODE": "1"},
                limits=Limits(seconds=timeout),
                code_is_foreign=False,
            )
            if ended.failure:
                raise _Refused(ended.failure)
            (place / "result.json").rename(into / "found.json")
            shutil.rmtree(place)

        return (yield from self.workspace.folder(f"graph-{do}", key, fill))


def _own_code() -> str:
    """Where the child finds the very code that runs here."""
    import jettison
    import jettison_runtime

    homes = [Path(package.__file__ or "").parent.parent for package in (jettison, jettison_runtime)]
    return os.pathsep.join(str(home) for home in dict.fromkeys(homes))


def wrong(form: GraphForm, found: Job) -> str | None:
    """Why a form may not go on; None when it may. A NaN is wrong in every comparison."""
    if not found["cosine"] >= form.least_cosine:
        return (
            f"its answers point elsewhere: mean cosine {found['cosine']:.4f} with the graph as found, "
            f"{form.least_cosine} asked"
        )
    if not found["worst_difference"] <= form.worst_difference:
        return (
            f"a number is off by {found['worst_difference']:.2%} of the largest one, "
            f"{form.worst_difference:.2%} is the most that {form.name} may differ"
        )
    if form.quantized and not found["cost"] <= _LEAST_GAIN:
        word = "slower" if found["cost"] > 1 else "no faster"
        return f"{word} than 32-bit floats here: {found['cost']:.2f} times their time, measured side by side"
    return None


def _found(folder: Path) -> Job:
    found: Job = json.loads((folder / "found.json").read_text(encoding="utf-8"))
    return found


def _by_content(facts: Job) -> Job:
    """Facts that decide what comes out: a folder of the cache is named by a digest, other files count by content."""
    found = {key: value for key, value in facts.items() if key != "source"}
    for key in ("normal", "ranges", "answers"):
        if key in found:
            found[key] = Path(found[key]).parent.name
    if found.get("reference"):
        found["reference"] = file_digest(Path(found["reference"]))
    return found
