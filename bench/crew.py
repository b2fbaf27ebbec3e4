"""The peers of a shelf as processes: prepared once, started for a number of threads, asked in turn.

A shelf is a folder with `peers` (a module an engine, see the Protocol there) and `asking` (see `worker`).
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, cast

from jettison.environments import Wanted, prepared
from jettison.errors import JettisonError
from jettison.records import finished
from jettison.workspace import Workspace

HERE = Path(__file__).parent
_QUIET: Mapping[str, str] = {
    # A spinning barrier burns the core that another peer is measured on.
    "OMP_WAIT_POLICY": "PASSIVE",
    "GOMP_SPINCOUNT": "0",
    "KMP_BLOCKTIME": "0",
    "TOKENIZERS_PARALLELISM": "false",
    "HF_HUB_OFFLINE": "1",
}


class Peer(Protocol):
    """What every module of a shelf's `peers` has."""

    NAME: str
    REQUIREMENTS: tuple[str, ...]
    """Of its environment; none: it runs in ours."""
    FILES: tuple[str, ...]
    """Patterns of the files in its folder that it needs to answer: their bytes are its size."""

    def convert(self, source: Path, into: Path) -> None:
        """Write what `load` reads; run once, in the peer's environment."""
        ...

    def load(self, folder: Path, threads: int) -> Callable[..., Any]:
        """Ready to answer what the shelf's `asking` gives."""
        ...


class Lost(Exception):
    """A peer that could not be prepared, did not start, or stopped answering; with its last words."""


class Line:
    """The line to one process: questions as JSON in, answers as JSON out, its messages kept apart."""

    def __init__(self, command: list[str], environment: Mapping[str, str]) -> None:
        self._messages = tempfile.TemporaryFile("w+")  # noqa: SIM115  (closed by `end`)
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._messages,
            text=True,
            env={**os.environ, **environment},
        )

    def say(self, **question: Any) -> None:
        """Send a question; a process that is gone shows it by its missing answer."""
        with contextlib.suppress(BrokenPipeError):
            print(json.dumps(question), file=self._process.stdin, flush=True)

    def hear(self, patience: float | None = None) -> dict[str, Any]:
        """The next answer.

        :param patience: seconds to wait for it; None: as long as it takes.
        :raises Lost: there is none.
        """
        assert self._process.stdout is not None
        if patience is not None and not select.select([self._process.stdout], [], [], patience)[0]:
            raise Lost(f"took more than {patience:.0f} s and was stopped")
        if line := self._process.stdout.readline():
            answer: dict[str, Any] = json.loads(line)
            return answer
        self._messages.seek(0)
        lines = self._messages.read().strip().splitlines()
        raise Lost(lines[-1] if lines else f"ended with code {self._process.wait()}")

    def end(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()
        self._messages.close()


@dataclass(kw_only=True)
class Serving:
    """A started peer."""

    line: Line
    load_seconds: float
    peak_bytes: int

    def ask(self, **question: Any) -> tuple[float, dict[str, Any]]:
        """Seconds, and all that the answer says."""
        self.line.say(**question)
        answer = self.line.hear()
        self.peak_bytes = int(answer["peak_bytes"])
        return float(answer["seconds"]), answer


@dataclass(frozen=True, kw_only=True)
class Station:
    """One peer with its environment."""

    shelf: Path
    peer: Peer
    module: str
    python: Path
    packages: tuple[tuple[str, str], ...]

    def converted(self, source: Path, into: Path, *, patience: float | None = None) -> dict[str, float]:
        """Its own form of a model, made once; seconds and peak bytes of the making."""
        record = into.with_suffix(".json")
        if not record.is_file():
            shutil.rmtree(into, ignore_errors=True)
            into.mkdir(parents=True)
            with self._line("convert", source, into, threads=2) as line:
                record.write_text(json.dumps(line.hear(patience)))
        made: dict[str, float] = json.loads(record.read_text())
        return made

    @contextmanager
    def serving(self, folder: Path, threads: int) -> Iterator[Serving]:
        """Its process, loaded and waiting for questions."""
        with self._line("serve", folder, threads, threads=threads) as line:
            loaded = line.hear()
            yield Serving(line=line, load_seconds=loaded["seconds"], peak_bytes=loaded["peak_bytes"])

    def size_bytes(self, folder: Path) -> int:
        """Bytes of the files that it needs to answer."""
        files = {file for pattern in self.peer.FILES for file in folder.glob(pattern)}
        return sum(file.stat().st_size for file in files)

    @contextmanager
    def _line(self, *task: object, threads: int) -> Iterator[Line]:
        counts = {name: str(threads) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
        command = [str(self.python), str(HERE / "worker.py"), self.module, *map(str, task)]
        line = Line(command, {**_QUIET, **counts, "PYTHONPATH": str(self.shelf)})
        try:
            yield line
        finally:
            line.end()


def station(shelf: Path, module: str, workspace: Workspace) -> Station:
    """A peer of a shelf and an environment that holds what it requires; ours runs in this one.

    :raises Lost: no such environment can be had here.
    """
    peer = cast(Peer, importlib.import_module(f"{__package__}.{shelf.name}.peers.{module}"))
    if not peer.REQUIREMENTS:
        return Station(shelf=shelf, peer=peer, module=module, python=Path(sys.executable), packages=_own_packages())
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    try:
        found = finished(prepared(Wanted(name=module, requirements=peer.REQUIREMENTS, python=python), workspace))
    except JettisonError as cause:
        raise Lost(f"{cause.what}: {cause.where}") from cause
    return Station(shelf=shelf, peer=peer, module=module, python=found.python, packages=found.record.packages)


def _own_packages() -> tuple[tuple[str, str], ...]:
    from importlib.metadata import version

    return tuple((name, version(name)) for name in ("jettison-runtime", "onnxruntime", "numpy"))
