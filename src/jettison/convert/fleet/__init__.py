"""A converted model on the CPUs that it shall be right on: emulated sum by sum, and run by an emulator of the CPU.

Two 8-bit products are added in 16 bits on an x86 CPU without VNNI, where their sum may not fit: the same file then
answers otherwise there, without a word. What would saturate is counted on real inputs; what makes it right is said;
what cannot be made right is refused. The folder itself, with the runtime that ships, is then run as that CPU would by
QEMU, where it is installed.
"""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jettison.convert.folder import certificate, certify, described
from jettison.machine import SATURATING, host, kinds
from jettison.records import Candidate, FleetCheck, Progress, Rejected, Steps
from jettison.sandbox.limited import Ended, Limits, own_code, ran
from jettison.workspace import Workspace, code_digest, digest

from . import answering

if TYPE_CHECKING:
    from .answering import Feed

__all__ = ["certified", "emulator"]

_PROGRAM = "qemu-x86_64"
_MODELS = {"avx2": "Haswell"}
"""What the emulator is told to be; it has no AVX-512."""
_MOST_EMULATED = 4
"""Inputs of each graph, the smallest: an emulated CPU is slow. One where no product could saturate: it shows that the
folder runs there."""
_LEAST_COSINE = 0.999
"""With the answers given here: floats are added in another order there, and rounded to 8 bits that can fall apart."""
_SECONDS = 300.0
_EXACT = (
    "made right by the runtime, which has ONNX Runtime take these weights as unsigned there: exact, slower, not timed"
)


class _NotEmulated(Exception):
    """What would saturate could not be counted; with the reason. Never kept: the next time it may succeed."""


@dataclass(frozen=True, kw_only=True)
class _Run:
    """The folder on another CPU."""

    by: str
    places: Sequence[int] = ()
    """Of the inputs that were asked."""
    answers: Sequence[Feed] = ()
    failure: str = ""
    """The folder failed there, not the emulator."""
    note: str = ""


def certified(
    candidate: Candidate,
    cpus: Sequence[str],
    feeds: Callable[[Path], Sequence[tuple[str, Feed]]],
    workspace: Workspace,
    *,
    asked: object,
    plain: bool = False,
) -> Steps[Candidate | Rejected]:
    """A candidate whose folder says how it does on these CPUs, looked at once; itself where none is asked for.

    :param feeds: of a model folder: its graphs by file name, each with one array an input.
    :param asked: what the feeds are made of.
    :param plain: code of the service opens the graph with ONNX Runtime, and nothing tells that to be exact.
    """
    model = candidate.model
    if not cpus or model is None:
        return candidate

    def fill(into: Path) -> Steps[None]:
        shutil.copytree(model.path, into / "model")
        checks = yield from _checked(into / "model", feeds(into / "model"), cpus, into / "scratch", plain=plain)
        certify(into / "model", checks)

    key = digest(model.digest, asked, plain, sorted(cpus), kinds(host().flags), emulator()[1], code_digest())
    try:
        path = (yield from workspace.folder("fleet", key, fill)) / "model"
    except _NotEmulated as failed:
        return Rejected(name=candidate.name, reason=f"what would saturate without VNNI could not be counted: {failed}")
    checks = certificate(path)
    if wrong := next((each for each in checks if not each.holds), None):
        return Rejected(name=candidate.name, reason=f"not right on {wrong.cpu}: {wrong.words}")
    return replace(candidate, model=described(path), fleet=checks)


def _checked(
    folder: Path, feeds: Sequence[tuple[str, Feed]], cpus: Sequence[str], scratch: Path, *, plain: bool
) -> Steps[tuple[FleetCheck, ...]]:
    """The folder on each kind of CPU.

    :param feeds: graphs of the folder by file name, each with one array an input.
    :param scratch: a new folder for what is written meanwhile; gone afterwards.
    """
    here = kinds(host().flags)
    found = []
    scratch.mkdir()
    try:
        facts: dict[str, Any] = {}
        if set(cpus) & set(SATURATING):
            yield Progress(step="convert", note="counting what saturates without VNNI")
            facts = yield from _emulated(folder, feeds, scratch)
        for cpu in dict.fromkeys(cpus):
            if cpu not in SATURATING:
                note = "" if cpu in here else "its kernels add 8-bit products in 32 bits"
                found.append(FleetCheck(cpu=cpu, holds=True, here=cpu in here, note=note))
                continue
            run = None
            if cpu not in here:
                yield Progress(step="convert", note=f"running it as {cpu}")
                few = _few(feeds, _MOST_EMULATED if facts["products"] else 1)
                run = yield from _run(folder, feeds, few, cpu, scratch, plain=plain)
            found.append(_judged(cpu, {**facts, "plain": plain}, run, scratch, here=cpu in here))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return tuple(found)


def _emulated(folder: Path, feeds: Sequence[tuple[str, Feed]], scratch: Path) -> Steps[dict[str, Any]]:
    """What would saturate, and the answers given here, in a limited child: the graph may be anybody's."""
    answering.save_feeds(scratch, feeds)
    job = scratch / "job.json"
    facts = {"do": "fleet", "folder": str(folder.absolute()), "feeds": str(scratch), "into": str(scratch)}
    job.write_text(json.dumps(facts), encoding="utf-8")
    command = [sys.executable, "-m", "jettison.convert.graphs.workshop", str(job)]
    ended = yield from _child(command, folder, scratch)
    if ended.failure:
        raise _NotEmulated(ended.failure)
    found: dict[str, Any] = json.loads((scratch / "result.json").read_text(encoding="utf-8"))
    return found


def _run(
    folder: Path, feeds: Sequence[tuple[str, Feed]], few: Sequence[int], cpu: str, scratch: Path, *, plain: bool
) -> Steps[_Run]:
    """The folder as that CPU, on a few of the feeds by their places."""
    if unable := _unable(cpu):
        return _Run(by="", note=unable)
    path, version = emulator()
    into = scratch / cpu
    into.mkdir()
    answering.save_feeds(into, [feeds[place] for place in few])
    program = str(Path(answering.__file__).absolute())
    command = [path, "-cpu", _MODELS[cpu], sys.executable, program, str(folder.absolute()), str(into), str(into)]
    command += [answering.PLAIN] if plain else []
    ended = yield from _child(command, folder, scratch)
    by = f"{_PROGRAM} {version} as {_MODELS[cpu]}"
    if ended.code == answering.WRONG:
        return _Run(by=by, failure=ended.failure or "")
    if ended.failure:
        return _Run(by="", note=f"{by} could not run it: {ended.failure}")
    facts = json.loads((into / answering.FACTS).read_text(encoding="utf-8"))
    if not facts["saturates"]:
        return _Run(by="", note=f"{by} did not take the kernels of {cpu}")
    answers = answering.answers_in(into / answering.ANSWERS)
    inputs = "1 input" if len(few) == 1 else f"{len(few)} inputs"
    return _Run(by=f"{by} (onnxruntime {facts['onnxruntime']}; its canary and {inputs})", places=few, answers=answers)


def _unable(cpu: str) -> str:
    """Why nothing here can run as that CPU; empty when something can."""
    if cpu not in _MODELS:
        return f"no emulator of {cpu} is known to jettison"
    if platform.machine() != "x86_64":
        return "another x86 CPU is emulated on x86 machines alone, where Python is made for x86"
    return "" if emulator()[0] else f"{_PROGRAM} is not installed (apt-get install qemu-user)"


def _judged(cpu: str, facts: Mapping[str, Any], run: _Run | None, scratch: Path, *, here: bool) -> FleetCheck:
    from jettison.convert.graphs import agreement

    remedy, wrong = _remedy(facts)
    difference = cosine = None
    if run and run.answers:
        expected = answering.answers_in(scratch / answering.ANSWERS)
        pairs = list(zip([expected[place] for place in run.places], run.answers, strict=True))
        difference = max(agreement.worst_difference(one, other) for one, other in pairs)
        cosine = min(agreement.cosine(one, other) for one, other in pairs)
        if not cosine >= _LEAST_COSINE and not wrong:
            wrong = f"its answers there have a cosine of {cosine:.4f} with those here, {_LEAST_COSINE} asked"
    if run and run.failure:
        wrong = wrong or run.failure
    return FleetCheck(
        cpu=cpu,
        holds=not wrong,
        here=here,
        products=facts["products"],
        inputs=facts["inputs"],
        sums=facts["sums"],
        saturated=facts["saturated"],
        layers=tuple((name, share) for name, share in facts["layers"]),
        moved=facts["moved"],
        remedy=remedy,
        emulator=run.by if run else "",
        difference=difference,
        cosine=cosine,
        note=wrong or (run.note if run else ""),
    )


def _remedy(facts: Mapping[str, Any]) -> tuple[str, str]:
    """What makes a form right there, or what it is wrong by."""
    computed = "its weights are computed while it runs, so that nothing can make them unsigned"
    if facts["open"] or facts["unseen"]:
        names = ", ".join([*facts["open"], *facts["unseen"]][:4])
        why = "saturates" if facts["open"] else "could saturate, within a branch or a loop where nothing can be counted"
        return "", f"{names} {why}, and {computed}: give the graph in floats, or stored weights"
    if facts["plain"] and facts["saturated"]:
        names = ", ".join(name for name, _ in facts["layers"][:4])
        return (
            "",
            f"{names} saturate, and the app opens the graph by itself, where nothing tells ONNX Runtime to be exact",
        )
    if facts["plain"] and facts["products"]:
        return "nothing saturated on these inputs; on others it may, and the app opens the graph by itself", ""
    if facts["computed"]:
        return f"{', '.join(facts['computed'][:4])} did not saturate on these inputs; {computed}", ""
    if facts["products"]:
        return _EXACT, ""
    return "it has no 8-bit products of which two could leave 16 bits, whatever the input", ""


def _child(command: Sequence[str], folder: Path, scratch: Path) -> Steps[Ended]:
    """A program that reads the folder and writes to `scratch` alone."""
    return (
        yield from ran(
            command,
            writable=scratch.absolute(),
            needed=(folder.absolute(),),
            environment={"PYTHONPATH": own_code(), "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1"},
            limits=Limits(seconds=_SECONDS),
            code_is_foreign=False,
        )
    )


def _few(feeds: Sequence[tuple[str, Feed]], most: int) -> list[int]:
    """Places of the inputs that an emulator is asked: so many of each graph, the smallest."""
    taken: list[int] = []
    for graph in dict.fromkeys(graph for graph, _ in feeds):
        own = [place for place, (name, _) in enumerate(feeds) if name == graph]
        taken += sorted(own, key=lambda place: sum(array.nbytes for array in feeds[place][1].values()))[:most]
    return sorted(taken)


@cache
def emulator() -> tuple[str, str]:
    """Where it is, and its version; both empty when it is not installed."""
    path = shutil.which(_PROGRAM)
    if path is None:
        return "", ""
    said = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=30, check=False).stdout
    words = said.split()
    return path, next((word for word in words if word[:1].isdigit()), "")
