"""Settings that are kept only when they help: the decision at its edges, and a real trial."""

from __future__ import annotations

import sys
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import pytest

from jettison.records import Progress, Remedies, Request, TriedSetting, finished
from jettison.replay.service import Launch
from jettison.sandbox.container import Mount
from jettison.soak.remedies import REMEDIES, Change, World
from jettison.soak.trying import Effort, tried
from jettison.workspace import Workspace

MB = 1 << 20
UNTOUCHED = TriedSetting(
    name="untouched",
    says="as it is",
    resident_bytes=(100 * MB, 102 * MB, 101 * MB),
    peak_bytes=(150 * MB, 150 * MB, 151 * MB),
    seconds=(0.010, 0.011, 0.010),
)


def trial(resident: tuple[int, ...], peak: int = 150, seconds: float = 0.010, added: int = 0) -> TriedSetting:
    return TriedSetting(
        name="one",
        says="",
        resident_bytes=tuple(each * MB for each in resident),
        peak_bytes=(peak * MB,) * 3,
        seconds=(seconds,) * 3,
        added_bytes=added * MB,
    )


@pytest.mark.parametrize(
    ("tried", "helps"),
    [
        (trial((90, 91, 92)), True),
        (trial((90, 91, 100)), False),  # its worst start is no better than the best untouched one
        (trial((99, 99, 99)), False),  # not by 2 %
        (trial((90, 91, 92), added=12), False),  # the library takes more than it saves
        (trial((90, 91, 92), seconds=0.0120), False),
        (trial((90, 91, 92), seconds=0.0115), True),
        (trial((90, 91, 92), peak=155), False),
        (trial((100, 101, 102), peak=120), True),
        (TriedSetting(name="one", says="", failed="no such library"), False),
    ],
)
def test_what_counts_as_help(tried: TriedSetting, helps: bool) -> None:
    found = Remedies(untouched=UNTOUCHED, trials=(tried,), requests=100, clients=4)
    assert found.helps(tried) is helps
    assert found.kept == ((tried,) if helps else ())


@dataclass
class Setting:
    """A remedy of a name and a value."""

    NAME: str
    value: str
    SAYS: str = ""

    def change(self, world: World) -> Generator[Progress, None, Change | str]:
        yield from ()
        return Change(environment=(("SPARE", self.value),)) if self.value else "it cannot help here"


APP = """
import os
held = bytearray(os.urandom(1)) * (int(os.environ.get("SPARE", "30")) << 20)

def app(environ, start_response):
    start_response("200 OK" if held else "500 No", [("Content-Type", "text/plain")])
    return [b"yes"]
"""


def test_settings_are_tried_on_the_service(tmp_path: Path, workspace: Workspace) -> None:
    (tmp_path / "app.py").write_text(APP)
    prefix = Path(sys.prefix)
    launch = Launch(
        root=Path("/"),
        command=(sys.executable, "-m", "jettison_server", "app:app"),
        workdir="/app",
        environment=(("PATH", "/usr/bin:/bin"), ("HOME", "/tmp"), ("PYTHONDONTWRITEBYTECODE", "1")),
        mounts=(Mount(source=tmp_path, target="/app"),),
        installed=(prefix,),
    )
    effort = Effort(
        starts=2,
        requests=16,
        settling_seconds=0.1,
        remedies=(Setting("less", "5"), Setting("same", "30"), Setting("none", ""), Setting("broken", "0")),
    )
    requests = (Request(method="GET", path="/", body="", headers=()),)
    found = finished(tried(launch, requests, workspace, effort))
    less, same, none, broken = found.trials
    assert max(less.resident_bytes) < min(found.untouched.resident_bytes)
    assert found.saved(less)[0] > 20 * MB
    assert not found.helps(same)
    assert none.failed == "it cannot help here"
    assert broken.failed == "it answers otherwise with it: 16 × 500, not 16 × 200"
    assert not found.helps(broken)
    assert [len(each.resident_bytes) for each in (found.untouched, less, same, none)] == [2, 2, 2, 0]


def test_settings_of_glibc_are_for_glibc(workspace: Workspace) -> None:
    world = World(root=Path("/"), allocator="jemalloc", has_onnxruntime=False, workspace=workspace)
    refused = {each.NAME: finished(each.change(world)) for each in REMEDIES[:3]}
    assert refused == {
        "malloc-arenas": "the service does not run on glibc's malloc",
        "malloc-trim": "the service does not run on glibc's malloc",
        "onnxruntime-arena": "the service does not run on jettison's runtime",
    }
