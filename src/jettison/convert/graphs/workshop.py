"""What is done to a graph that nobody vouches for, each job in a limited child process of its own.

``python -m jettison.convert.graphs.workshop JOB.json``: the job names what to do and with which files; what it found
goes to ``result.json`` beside the job. A crash of a library ends the job, and nothing else.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jettison.convert.fleet import answering
from jettison.runtimes.onnx_graphs import GraphRefused, Running, ratio, seconds_of

from . import agreement, calibration, dynamic, noise, normal, qdq, saturation, stored, tables, writing
from .layout import Layout
from .reading import Tensor
from .samples import feed as feed_of
from .samples import opened

if TYPE_CHECKING:
    import onnx
    from numpy.typing import NDArray

    Arrays = dict[str, NDArray[Any]]

Job = dict[str, Any]
_TIMED_SECONDS = 1.5
_EMULATED_SECONDS = 120.0
_CHECKED_ROWS = 4
_NOISE_ROWS = 4


class _Row:
    """Feeds by row, out of a file of samples."""

    def __init__(self, job: Job) -> None:
        self._inputs = [Tensor(name=n, dtype=d, shape=tuple(s)) for n, d, s in job["inputs"]]
        self._arrays = opened(Path(job["samples"]), self._inputs)

    def __call__(self, row: int) -> Arrays:
        return feed_of(self._arrays, self._inputs, row)


def normal_form(job: Job) -> Job:
    """``normal.onnx`` and ``answers.npz``: what the graph as found gives to the rows that are judged or chosen by."""
    import onnx

    source, into, rows = Path(job["source"]), Path(job["into"]), _Row(job)
    onnx.checker.check_model(str(source))
    plain = into / "found.onnx"
    model = onnx.load(str(source))
    stored.packed(model)
    normal.freed_initializers(model)
    stored.save(model, plain)
    del model
    reference = Running(plain, "none")
    feeds = [rows(row) for row in job["rows"]]
    answers = [reference.run(feed) for feed in feeds]
    off = 0.0
    if job["reference"]:
        originals = normal.load_answers(Path(job["reference"]), job["rows"])
        off = max(agreement.worst_difference(one, other) for one, other in zip(originals, answers, strict=True))
    _say("bringing the graph into its normal form")
    count = _CHECKED_ROWS
    done = normal.normalized(source, into / "normal.onnx", feeds[:count], answers[:count], upgrade=job["upgrade"])
    normal.save_answers(into / "answers.npz", job["rows"], answers)
    times = seconds_of([Running(plain), Running(into / "normal.onnx")], feeds[0], budget_seconds=_TIMED_SECONDS)
    for left in (*into.glob("scratch.*"), *into.glob("found.*")):
        left.unlink()
    return {"done": done, "speed": ratio(*times), "off": off}


def ranges(job: Job) -> Job:
    """``ranges.json``: by method, by tensor, its ends; and by method, by layer, its noise. Found: each layer's share of
    the multiply-adds."""
    into, rows = Path(job["into"]), _Row(job)
    path = _eight_bits(job)
    model = stored.light(path)
    layout = Layout(model=model, folder=path.parent)
    units = layout.units()
    if not units:
        return {"units": {}}
    wanted, found = layout.tensors(units), {}
    for note, histograms in calibration.histograms(model, wanted, job["rows"], rows, path.parent):
        _say(note)
        found = histograms
    by_method = {
        method: {name: histogram.range(method) for name, histogram in found.items()} for method in calibration.METHODS
    }
    _say("noise of each layer")
    feeds = [rows(row) for row in job["rows"][:_NOISE_ROWS]]
    noisy = {
        method: noise.noise(model, ends, feeds, bits=job["bits"], folder=path.parent)
        for method, ends in by_method.items()
    }
    (into / "ranges.json").write_text(json.dumps({"ranges": by_method, "noise": noisy}))
    work = {unit.name: layout.products(unit) * int(found[unit.name].counts.sum()) for unit in units}
    whole = sum(work.values()) or 1
    return {"units": {name: products / whole for name, products in work.items()}}


def trial(job: Job) -> Job:
    """One way to quantize, on rows that it was not calibrated on: how right it is."""
    return _judged(stored.running(_static(job), _eight_bits(job).parent), job, _Row(job))


def form(job: Job) -> Job:
    """The model folder of one form, and how far it agrees with the graph as found on the rows to judge by."""
    into, rows = Path(job["into"]), _Row(job)
    path = Path(job["normal"])
    model: onnx.ModelProto | None = None
    if job["form"] == "int8-static":
        model = _static(job)
    elif job["form"] == "int8-dynamic":
        model = dynamic.quantized(stored.light(path), bits=job["bits"], folder=path.parent)
        model = model and tables.in_eight_bits(model, path.parent)
    else:
        model = stored.light(path)
    if model is None:
        return {"refused": "it has no matrix products; convolutions take the form int8-static"}
    into = into / "model"
    into.mkdir()
    writing.write_graph(model, into, half=job["form"] == "fp16", folder=path.parent, one_file=job["one_file"])
    session = Running(into / writing.MODEL)
    found = _judged(session, job, rows)
    times = seconds_of([session, Running(path)], rows(job["rows"][0]), budget_seconds=_TIMED_SECONDS)
    found["cost"] = ratio(*times)
    canary = _canary(into / writing.MODEL, rows(job["rows"][0]))
    writing.write_manifest(into, entries=job["entries"], form=job["form"], model=model, canary=canary)
    return found


def fleet(job: Job) -> Job:
    """What of a model folder would saturate without VNNI, and ``answers.npz``: what it answers here."""
    folder, into = Path(job["folder"]), Path(job["into"])
    feeds, seen = answering.feeds_in(Path(job["feeds"])), saturation.Emulated()
    for graph in dict.fromkeys(name for name, _ in feeds):
        _say(f"emulating {graph}")
        saturation.emulate(folder / graph, [feed for name, feed in feeds if name == graph], seen, _EMULATED_SECONDS)
    answering.save_answers(into / answering.ANSWERS, answering.answered(folder, feeds))
    return seen.facts()


def _static(job: Job) -> onnx.ModelProto:
    ends = json.loads(Path(job["ranges"]).read_text())["ranges"][job["method"]]
    path = _eight_bits(job)
    pairs = {name: (low, high) for name, (low, high) in ends.items()}
    model = qdq.quantized(stored.light(path), pairs, floats=job["floats"], bits=job["bits"], folder=path.parent)
    return tables.in_eight_bits(model, path.parent)


def _eight_bits(job: Job) -> Path:
    """The graph that static 8 bits are made from."""
    normal_form = Path(job["normal"])
    other = normal.eight_bits(normal_form)
    return other if other.is_file() else normal_form


def _judged(session: Running, job: Job, rows: _Row) -> Job:
    expected = normal.load_answers(Path(job["answers"]), job["rows"])
    return dict(agreement.summary(expected, [session.run(rows(row)) for row in job["rows"]]))


def _canary(path: Path, feed: Arrays) -> Job:
    from jettison_runtime.tensor_model import canary_answer, canary_feed

    question = writing.canary_question(feed)
    answer = canary_answer(Running(path).run(canary_feed(question)))
    return {"inputs": question, "answer": answer}


JOBS: dict[str, Callable[[Job], Job]] = {
    "normal": normal_form,
    "ranges": ranges,
    "trial": trial,
    "form": form,
    "fleet": fleet,
}


def main(arguments: Sequence[str]) -> int:
    """Do one job; 1 when a library refused the graph, with its reason as the last line."""
    from onnx import checker

    path = Path(arguments[0])
    job = json.loads(path.read_text(encoding="utf-8"))
    try:
        found = JOBS[job["do"]](job)
    except (GraphRefused, checker.ValidationError) as refused:
        _print(" ".join(str(refused).split())[:300])
        return 1
    path.with_name("result.json").write_text(json.dumps(found), encoding="utf-8")
    return 0


def _say(note: str) -> None:
    from jettison.sandbox.limited import NOTE

    _print(f"{NOTE}{note}")


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
