"""Every service under ``services/``: built, started, asked; fixed, built, started, asked; both images weighed."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from jettison.intake.weigh_build import build_weight
from jettison.lint import Weights
from jettison.packages.index import index_settings
from jettison.pipeline.linting import checked, written
from jettison.pipeline.weighing import weighed
from jettison.records import Linted, finished
from jettison.report.findings import costs
from jettison.workspace import Workspace, cache_root

from .bases import made
from .images import NotBuiltError, Store
from .index import TORCH_ADDRESS, served
from .settings import volumes

SERVICES = Path(__file__).parent / "services"
_HOST = TORCH_ADDRESS.removesuffix("/whl/cpu")
_READY_SECONDS = 90
WITHIN = 0.10
"""Of the measured saving: how far the claimed one may be from it."""
_NOTHING_BYTES = 3_000_000
"""A difference that counts as none: timestamps, logs of apt, a user's files."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One service, as its ``case.toml`` says."""

    name: str
    folder: Path
    port: int
    path: str = "/predict"
    body: str = ""
    sizes: dict[str, int] = field(default_factory=dict)
    """Files of the folder that are made: bytes that do not compress."""
    onnx_bytes: int = 0
    """Of ``model.onnx``, which is made; 0 for none."""
    explained: str = ""
    """Why the claim lies further off than it should."""


@dataclass(frozen=True, kw_only=True)
class Side:
    """One image: as found, or fixed."""

    built: bool
    said: str = ""
    """Where it failed, what was said."""
    size_bytes: int = 0
    layers: int = 0
    seconds: float = 0.0
    answer: str = ""
    started: bool = False


def cases(names: Sequence[str] = ()) -> tuple[Case, ...]:
    """All of them, or those named."""
    found = []
    for folder in sorted(path.parent for path in SERVICES.glob("*/case.toml")):
        if not names or folder.name in names:
            found.append(
                Case(name=folder.name, folder=folder, **tomllib.loads((folder / "case.toml").read_text("utf-8")))
            )
    return tuple(found)


def measured(names: Sequence[str] = ()) -> dict[str, Any]:
    """Every case, both ways; what was claimed beside what was saved."""
    store = Store(cache_root() / "lint-builds")
    rows = []
    for case in cases(names):
        rows.append(built(case, store))
        print(_line(rows[-1]), flush=True)
    return {
        "bases": {name: store.size_bytes(name) for name in made(store)},
        "cases": rows,
        "as_good": sum(each["as_good"] for each in rows),
        "within": sum(each["within"] for each in rows),
        "of": len(rows),
    }


def built(case: Case, store: Store, bases: Sequence[str] = ()) -> dict[str, Any]:
    """One case; nothing of it stays in the store.

    :param bases: the stand-ins that it needs; all when empty
    """
    with store.alone():
        there = made(store, bases)
        try:
            return row(case, store, there)
        finally:
            store.removed(there)


def row(case: Case, store: Store, bases: Sequence[str]) -> dict[str, Any]:
    """One case."""
    with tempfile.TemporaryDirectory(prefix="jettison-build-") as place, served() as index:
        found, mended = Path(place) / "found", Path(place) / "mended"
        _service(case, found)
        _service(case, mended)
        mounts = volumes(Path(place) / "settings", index)
        sizes = {name: store.size_bytes(name) for name in bases}
        weights = replace(_weights(found, index), bases=sizes)
        linted = mend(mended, weights)
        with _at(mended, index):
            after = _side(case, mended, "after:latest", store, mounts)
        store.removed(bases)
        with _at(found, index):
            before = _side(case, found, "before:latest", store, mounts)
    return _compared(case, linted, before, after, weights)


def _weights(folder: Path, index: str) -> Weights:
    """As a user weighs who has no wheels of his own: what a public index serves.

    torch's index of CPU builds is not reached from here, so what it serves is weighed as this machine has it. The bases
    are those that are built on: their own sizes, not those published.
    """
    workspace = Workspace(root=cache_root())
    with _public_index_alone(), _at(folder, index) as changed:
        found = finished(weighed(folder, workspace))
    if changed:  # what its lines left is known by the lines as they were
        lines = {(kind, key.replace(index, _HOST)): size for (kind, key), size in found.lines.items()}
        found = replace(found, lines=lines)
    if "torch" in found.distributions and any(name.startswith("nvidia-") for name in found.distributions):
        light = finished(build_weight(folder, folder / "Dockerfile", workspace, cpu_torch=True, with_system=False))
        saved = sum(found.distributions.values()) - light.python_bytes
        found = replace(found, lighter={**found.lighter, "torch": saved})
    return found


@contextlib.contextmanager
def _public_index_alone() -> Iterator[None]:
    """pip's configuration without the indexes and folders that only this machine has."""
    kept = {name: value for name, value in os.environ.items() if name.upper().startswith("PIP_")}
    certificate = index_settings().certificate
    try:
        for name in kept:
            del os.environ[name]
        os.environ["PIP_CONFIG_FILE"] = os.devnull
        if certificate:
            os.environ["PIP_CERT"] = certificate
        yield
    finally:
        for name in ("PIP_CONFIG_FILE", "PIP_CERT"):
            os.environ.pop(name, None)
        os.environ.update(kept)


def mend(folder: Path, weights: Weights) -> Linted:
    """``jettison lint --fix-verify`` of a folder."""
    linted = checked(folder, classes=("safe", "verify"), weights=weights)
    written(folder, linted)
    return linted


def _compared(case: Case, linted: Linted, before: Side, after: Side, weights: Weights) -> dict[str, Any]:
    claimed = costs(linted.applied).size_bytes
    saved = before.size_bytes - after.size_bytes
    as_good = before.started and after.started and before.answer == after.answer
    off = abs(claimed - saved)
    return {
        "name": case.name,
        "as_good": as_good,
        "before": {**asdict(before), "answer": before.answer[:300]},
        "after": {**asdict(after), "answer": after.answer[:300]},
        "claimed_bytes": claimed,
        "saved_bytes": saved,
        "within": off <= max(WITHIN * abs(saved), _NOTHING_BYTES),
        "explained": case.explained,
        "applied": [
            {
                "code": each.code,
                "place": each.place,
                "bytes": each.saving.size_bytes if each.saving else None,
                "known": each.saving.known if each.saving else None,
            }
            for each in linted.applied
        ],
        "left": sorted(each.code for each in linted.findings),
        "notes": list(linted.notes),
        "not_weighed": list(weights.notes),
        "diff": linted.diff,
    }


def _line(found: dict[str, Any]) -> str:
    state = "same answer" if found["as_good"] else "NOT AS GOOD"
    hit = "within" if found["within"] else "OFF"
    sizes = f"{found['before']['size_bytes'] / 1e6:8.1f} → {found['after']['size_bytes'] / 1e6:8.1f} MB"
    claim = f"saved {found['saved_bytes'] / 1e6:8.1f}, claimed {found['claimed_bytes'] / 1e6:8.1f} MB"
    return f"  {found['name']:<28}{state}  {sizes}  {claim}  {hit}"


def _service(case: Case, folder: Path) -> None:
    """The case's folder with the files that are made for it."""
    shutil.copytree(case.folder, folder, ignore=shutil.ignore_patterns("case.toml", "__pycache__"))
    for name, size in case.sizes.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"\x93" * size)
    if case.onnx_bytes:
        (folder / "model.onnx").write_bytes(_onnx(case.onnx_bytes))


def _onnx(size_bytes: int) -> bytes:
    """A model that multiplies a row of numbers by weights of that many bytes."""
    import numpy as np
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    width = size_bytes // 4 // 4
    weights = (np.arange(4 * width, dtype=np.float32).reshape(4, width) % 7) / 7
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"])],
        "model",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, width])],
        [numpy_helper.from_array(weights, "w")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    data: bytes = model.SerializeToString()
    return data


@contextlib.contextmanager
def _at(folder: Path, index: str) -> Iterator[bool]:
    """The folder with torch's CPU index on this machine, which no test reaches where it is; whether it names it."""
    changed = {}
    for path in folder.iterdir():
        if path.is_file() and path.suffix in ("", ".txt", ".in", ".toml") and path.stat().st_size < 1_000_000:
            text = path.read_bytes()
            if TORCH_ADDRESS.encode() in text:
                changed[path] = text
                path.write_bytes(text.replace(TORCH_ADDRESS.encode(), f"{index}/whl/cpu".encode()))
    try:
        yield bool(changed)
    finally:
        for path, text in changed.items():
            path.write_bytes(text)


def _side(case: Case, folder: Path, name: str, store: Store, mounts: Sequence[str]) -> Side:
    started = time.monotonic()
    try:
        store.built(name, folder, folder / "Dockerfile", volumes=mounts)
    except (NotBuiltError, subprocess.TimeoutExpired) as cause:
        return Side(built=False, said=str(cause)[-3000:], seconds=time.monotonic() - started)
    seconds = time.monotonic() - started
    layers = store.layers(name)
    side = Side(built=True, size_bytes=sum(each.size_bytes for each in layers), layers=len(layers), seconds=seconds)
    if not _free(case.port):
        return replace(side, said=f"port {case.port} is taken on this machine")
    with store.running(name, {"SSL_CERT_FILE": ""}) as process:
        answer = _asked(case, process)
        log = process.log.read_text("utf-8", "replace")  # type: ignore[attr-defined]
    if answer is None:
        return replace(side, said=log[-3000:])
    return replace(side, started=True, answer=answer)


def _asked(case: Case, process: subprocess.Popen[bytes]) -> str | None:
    """What the service answers, as soon as it does; None when it ends or stays silent."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{case.port}{case.path}",
        data=case.body.encode() if case.body else None,
        headers={"Content-Type": "application/json"} if case.body else {},
    )
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(request, timeout=30) as answered:
                return str(answered.read().decode("utf-8", "replace"))
        except urllib.error.HTTPError as refused:
            return f"{refused.code} {refused.read().decode('utf-8', 'replace')}"
        except OSError:
            time.sleep(0.3)
    return None


def _free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0
