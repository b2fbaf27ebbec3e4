"""The example service weighed for real: against a real installation, and whole."""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path

import pytest

from jettison.intake.weigh import weight
from jettison.intake.weigh_python import Surroundings, python_weight
from jettison.packages import uv
from jettison.packages.index import index_settings
from jettison.packages.lock import lock_text
from jettison.packages.resolve import resolved
from jettison.records import (
    Checkpoint,
    CopiedFile,
    Deployment,
    EntryPoint,
    PythonInstall,
    Start,
    SystemInstall,
    finished,
)
from jettison.workspace import Workspace
from tests.intake.counting_proxy import counting_proxy

SERVICE = Path(__file__).parents[2] / "examples" / "pronounce"
REQUIREMENTS = tuple((SERVICE / "requirements.txt").read_text().split())
LINUX = "x86_64-manylinux_2_36"
MEGABYTE = 1_000_000


@pytest.mark.slow
@pytest.mark.online
def test_the_weighed_bytes_of_the_cpu_set_are_those_of_a_real_installation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace = Workspace(root=tmp_path / "cache")
    install = PythonInstall(tool="pip", requirements=REQUIREMENTS, keeps_cache=False, compiles=False)
    around = Surroundings(python="3.11", environment={}, workspace=workspace, cpu_torch=True)
    with counting_proxy() as proxy, monkeypatch.context() as environment:
        environment.setenv("PIP_PROXY", proxy.url)
        started = time.monotonic()
        found = finished(python_weight([install], around))
        seconds = time.monotonic() - started
        received = proxy.received_bytes
    weighed = sum(part.unpacked_bytes for part in found.parts)

    settings = index_settings()
    question = {"python": "3.11", "platform": LINUX, "settings": settings, "workspace": workspace, "cpu_torch": True}
    resolution = finished(resolved(REQUIREMENTS, **question))  # type: ignore[arg-type]
    (tmp_path / "lock.txt").write_text(lock_text(resolution))
    uv.output(
        [
            *("pip", "install", "--requirements", "lock.txt", "--target", str(tmp_path / "real"), "--no-deps"),
            *("--python", sys.executable, "--python-version", "3.11", "--python-platform", LINUX),
        ],
        settings=settings,
        workspace=workspace,
        folder=tmp_path,
    )
    on_disk = sum(path.stat().st_size for path in (tmp_path / "real").rglob("*") if path.is_file())
    shutil.rmtree(tmp_path, ignore_errors=True)

    with capsys.disabled():
        sys.stdout.write(
            f"\n{len(found.parts)} packages weighed in {seconds:.1f} s: {weighed / MEGABYTE:.2f} MB, "
            f"installed {on_disk / MEGABYTE:.2f} MB, difference {abs(weighed - on_disk) / on_disk:.4%}; "
            f"fetched from wheels {found.fetched_bytes / MEGABYTE:.2f} MB, "
            f"over the wire with the index's listings {received / MEGABYTE:.2f} MB\n"
        )
    assert {part.known for part in found.parts} == {"weighed"}
    assert not [part.name for part in found.parts if part.name.startswith(("nvidia", "triton", "cuda"))]
    assert abs(weighed - on_disk) <= 0.01 * on_disk
    assert found.fetched_bytes <= 20 * MEGABYTE


@pytest.mark.slow
@pytest.mark.online
def test_the_dockerfile_as_written_is_weighed_whole_in_seconds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = tuple(
        CopiedFile(
            source=path.relative_to(SERVICE),
            target=f"/app/{path.relative_to(SERVICE).as_posix()}",
            size_bytes=path.stat().st_size,
        )
        for path in sorted(SERVICE.rglob("*"))
        if path.is_file()
    )
    deployment = Deployment(
        name="pronounce",
        root=SERVICE,
        dockerfile=SERVICE / "Dockerfile",
        base_image="python:3.11",
        python="3.11",
        workdir="/app",
        entry=EntryPoint(module="app", variable="app", framework="flask", kind="wsgi", file=SERVICE / "app.py", line=1),
        start=Start(argv=("gunicorn", "app:app"), server="gunicorn", form="shell"),
        files=files,
        python_installs=(
            PythonInstall(tool="pip", requirements=("pip",), line=9),
            PythonInstall(tool="pip", requirements=REQUIREMENTS, line=10),
        ),
        system_installs=(SystemInstall(packages=("build-essential", "cmake", "git", "vim"), line=4),),
        checkpoints=(
            Checkpoint(name="./model", path=SERVICE / "model", image_path="/app/model", format="safetensors"),
        ),
    )
    started = time.monotonic()
    found = finished(weight(deployment, Workspace(root=tmp_path / "cache")))
    seconds = time.monotonic() - started
    groups = {part.group for part in found.parts}
    with capsys.disabled():
        bars = ", ".join(f"{group} {found.group_bytes(group) / MEGABYTE:.0f}" for group in sorted(groups))
        sys.stdout.write(
            f"\n{len(found.parts)} parts in {seconds:.1f} s: {found.unpacked_bytes / MEGABYTE:.0f} MB unpacked, "
            f"{found.pulled_bytes / MEGABYTE:.0f} MB pulled; {bars}\n"
        )
    assert groups == {"base", "system", "python", "bytecode", "cache", "model", "app"}
    assert all(part.source and part.known in ("weighed", "table") for part in found.parts)
    assert found.missing == ()
    assert found.group_bytes("python") > 4_000 * MEGABYTE, "plain torch brings CUDA"
    assert any(part.required_by for part in found.parts if part.group == "system")
    assert not [part.name for part in found.parts if part.name.startswith(("gcc ", "git "))], "the base has them"
    assert seconds < 60
