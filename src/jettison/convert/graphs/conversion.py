"""One graph on its way to several forms: what is decided on what the jobs find."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jettison.convert.folder import described
from jettison.errors import ConversionWrong, ModelUnreadable
from jettison.records import Candidate, Check, Progress, Steps

from .calibration import METHODS
from .forms import GraphForm, wrong
from .jobs import Job, Jobs, Refused, result
from .normal import OPSET
from .samples import FEWEST, Samples
from .trials import Trial, Way, best_way

Answered = Callable[[dict[str, int], Sequence[int], Path], Steps[Path]]
"""Ranks by input, rows and the folder of samples → a file with answers."""
_SAME = 1e-3
"""Largest difference, as a share of the largest number, between a framework and its export: rounding."""

_ENDED = ("crashed", "took")
"""How reasons begin where the child was ended, and no library said why."""
_WHILE_RUNNING = "while running"
"""In ONNX Runtime's words where it has loaded the graph and the numbers did not suit it."""
_EXPORT = "export it again; `onnx.checker.check_model(path, full_check=True)` names the node"


@dataclass(frozen=True, kw_only=True)
class Origin:
    """What a graph was made from."""

    words: str = "the ONNX file"
    answered: Answered | None = None
    """What the framework itself gives that the graph was exported from."""
    entries: Mapping[str, Any] = field(default_factory=dict)
    """What the manifest says of a task of its own; raw tensors when empty."""


@dataclass(frozen=True, kw_only=True)
class Conversion:
    """One graph on its way to several forms."""

    jobs: Jobs
    entries: Mapping[str, Any]
    """Of the manifest."""
    rows: Samples
    origin: Origin
    bits: int
    """Of quantized weights."""
    one_file: bool
    """Weights within the graph's file, for code that opens it by itself."""

    def normal(self) -> Steps[Path]:
        """The folder with the graph's normal form.

        :raises ModelUnreadable: the graph is invalid, or the runtime cannot run it; with the runtime's reason.
        """
        facts: Job = {"source": str(self.jobs.graph.path.absolute()), "rows": self._checked_rows(), "reference": ""}
        if self.origin.answered:
            ranks = {each.name: len(each.shape) for each in self.jobs.graph.inputs}
            facts["reference"] = str((yield from self.origin.answered(ranks, facts["rows"], self.jobs.samples)))
        reasons = []
        # The converter between operator sets is the part that is known to crash: then the graph stays as it is.
        for upgrade in (True, False) if self.jobs.graph.opset < OPSET else (False,):
            try:
                done = yield from self.jobs.done("normal", {**facts, "upgrade": upgrade})
            except Refused as refused:
                reasons.append(str(refused))
            else:
                return self._right(done)
        if self.rows.made_up and _WHILE_RUNNING in reasons[-1]:
            raise ModelUnreadable(
                f"this model cannot be run on random numbers of made-up sizes: {reasons[-1]}",
                where=str(self.jobs.graph.path),
                next_step="give samples of the sizes that it is really asked with: --data samples.npz; if they fail,"
                f" too, {_EXPORT}",
            )
        raise ModelUnreadable(
            f"ONNX Runtime cannot run this model: it {reasons[-1]}"
            if reasons[-1].startswith(_ENDED)
            else f"this model cannot be run: {reasons[-1]}",
            where=str(self.jobs.graph.path),
            next_step=_EXPORT,
        )

    def _right(self, normal: Path) -> Path:
        off = result(normal)["off"]
        if not off <= _SAME:
            raise ConversionWrong(
                f"the exported graph is wrong: a number differs by {off:.2%} of the largest one from what"
                f" {self.origin.words} itself gives to the same input",
                where=str(self.jobs.graph.path),
                next_step="export it yourself and compare; a layer that draws random numbers has to be off",
            )
        return normal

    def form(self, normal: Path, form: GraphForm) -> Steps[Candidate]:
        """The model in one form; Refused with the reason why not."""
        facts = self._facts(normal) | {
            "form": form.name,
            "entries": self.entries,
            "bits": self.bits,
            "one_file": self.one_file,
        }
        recipe = [*result(normal)["done"], form.why]
        if form.name == "int8-static":
            way, said = yield from self._way(normal)
            facts |= way
            recipe += said
        folder = yield from self.jobs.done("form", facts | {"rows": list(self.rows.judging)})
        found = result(folder)
        if "refused" in found:
            raise Refused(found["refused"])
        if reason := wrong(form, found):
            raise Refused(reason)
        speed = result(normal)["speed"] / found["cost"]
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
            raise Refused("ranges of activations are calibrated on samples, and none were given: --data samples.npz")
        given = len(self.rows.calibration) + len(self.rows.choosing) + len(self.rows.judging)
        if given < FEWEST:
            raise Refused(
                f"too few different samples to calibrate and to judge apart: {given}, and at least {FEWEST} are needed "
                "(a third of a service's recorded requests is used for it)"
            )
        facts = self._facts(normal) | {"bits": self.bits}
        calibrated = yield from self.jobs.done(
            "ranges", facts | {"rows": list(self.rows.calibration)}, slow_rows=len(self.rows.calibration)
        )
        work = result(calibrated)["units"]
        if not work:
            raise Refused("it has no convolution or product of trained weights that could be computed in 8 bits")
        facts["ranges"] = str(calibrated / "ranges.json")
        tried = self._tried(facts, work)
        noise = json.loads((calibrated / "ranges.json").read_text())["noise"]
        trials = yield from best_way(METHODS, noise, len(self.rows.choosing), tried)
        best = trials[-1]
        said = [f"ranges by {best.way.method}, the best of {len(METHODS)} on samples of their own"]
        if best.way.floats:
            layers = ", ".join(best.way.floats)
            said.append(
                f"{len(best.way.floats)} of {len(work)} layers stay in floats, which buys accuracy for little: {layers}"
            )
        return {"ranges": facts["ranges"], "method": best.way.method, "floats": list(best.way.floats)}, said

    def _tried(self, facts: Job, work: Mapping[str, float]) -> Callable[[Way, int], Steps[Trial]]:
        def tried(way: Way, count: int) -> Steps[Trial]:
            kept = f", {len(way.floats)} layers in floats" if way.floats else ""
            yield Progress(step="convert", note=f"int8-static: {way.method}{kept}, {count} samples")
            rows = list(self.rows.choosing[:count])
            job = facts | {"method": way.method, "floats": list(way.floats), "rows": rows}
            folder = yield from self.jobs.done("trial", job)
            found = result(folder)
            left = sum(work[name] for name in way.floats)
            return Trial(way=way, work=left, **{**found, "rows": int(found["rows"])})

        return tried

    def _facts(self, normal: Path) -> Job:
        return {"normal": str(normal / "normal.onnx"), "answers": str(normal / "answers.npz")}

    def _checked_rows(self) -> list[int]:
        return sorted({*self.rows.choosing, *self.rows.judging})
