"""What a service really asks its network: recorded while it answers requests, as samples to calibrate on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from importlib import resources
from pathlib import Path

from jettison.records import Progress, Request, Steps
from jettison.sandbox.container import Mount
from jettison.workspace import file_digest

from .service import Launch, running

SAMPLES = "samples.npz"
_PROGRAM, _INTO = "/observing/observing.py", "/observed"
_SERVER = ("-m", "jettison_server")


def asked(launch: Launch, model: Path, requests: Sequence[Request], into: Path) -> Steps[int]:
    """Start a service, ask it, and write what it asked the network to ``samples.npz``; gives the number of rows.

    A row is a feed of the network; where their shapes differ, those of the most frequent ones are kept. No file is
    written when nothing was asked.

    :param model: the ONNX file as the service loads it.
    :raises ServiceFailed: it does not start, or stops answering.
    """
    place = into / "feeds"
    place.mkdir()
    python, *rest = launch.command
    assert tuple(rest[:2]) == _SERVER
    with resources.as_file(resources.files("jettison.replay") / "observing.py") as program:
        observed = replace(
            launch,
            command=(python, "-B", _PROGRAM, *rest[2:]),
            environment=(*launch.environment, ("OBSERVED_MODEL", file_digest(model)), ("OBSERVED_INTO", _INTO)),
            mounts=(
                *launch.mounts,
                Mount(source=program, target=_PROGRAM),
                Mount(source=place, target=_INTO, writable=True),
            ),
        )
        with running(observed) as service:
            for number, request in enumerate(requests):
                yield Progress(step="observe", done=number, total=len(requests), note="what the network is asked")
                service.ask(request)
    return _stacked(sorted(place.glob("*.npz")), into / SAMPLES)


def _stacked(feeds: Sequence[Path], into: Path) -> int:
    """The feeds of the most frequent shapes as one file; gives their number."""
    import numpy as np

    alike: dict[object, list[Path]] = {}
    for path in feeds:
        with np.load(path, allow_pickle=False) as feed:
            shapes = tuple((name, str(feed[name].dtype), feed[name].shape) for name in sorted(feed.files))
        alike.setdefault(shapes, []).append(path)
    most = max(alike.values(), key=len, default=[])
    rows: dict[str, list[np.ndarray]] = {}
    for path in most:
        with np.load(path, allow_pickle=False) as feed:
            for name in feed.files:
                rows.setdefault(name, []).append(feed[name])
    if most:
        np.savez(into, **{name: np.stack(arrays) for name, arrays in rows.items()})  # type: ignore[arg-type]
    return len(most)
