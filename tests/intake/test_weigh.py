from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from jettison.errors import Unresolvable
from jettison.intake.weigh import python_parts, weight
from jettison.records import (
    Checkpoint,
    CopiedFile,
    Deployment,
    EntryPoint,
    Part,
    PythonInstall,
    Start,
    SystemInstall,
    Weight,
    finished,
)
from jettison.workspace import Workspace
from tests.packages import made_packages
from tests.packages.index_server import IndexServer, serving

UNKNOWN_BASE = "127.0.0.1:9/nobody/knows:1"


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[IndexServer]:
    """The only index there is, by pip's own variables."""
    (tmp_path / "files").mkdir()
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    with serving(IndexServer(folder=tmp_path / "files")) as server:
        monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
        monkeypatch.setenv("PIP_INDEX_URL", server.url)
        yield server


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(root=tmp_path / "cache")


def service(root: Path, *installs: PythonInstall, **more: object) -> Deployment:
    facts: dict[str, object] = {
        "name": "service",
        "root": root,
        "dockerfile": root / "Dockerfile",
        "base_image": UNKNOWN_BASE,
        "python": "3.11",
        "workdir": "/app",
        "entry": EntryPoint(module="app", variable="app", framework="flask", kind="wsgi", file=Path("app.py"), line=1),
        "start": Start(argv=("python", "app.py"), server="python", form="exec"),
        "files": (),
        "python_installs": installs,
    }
    return Deployment(**(facts | more))  # type: ignore[arg-type]


def named(found: Weight, name: str) -> Part:
    return next(part for part in found.parts if part.name.startswith(name))


def test_every_distribution_is_a_part_with_who_asked_and_how_it_is_known(
    index: IndexServer, workspace: Workspace, tmp_path: Path
) -> None:
    code = b"x = 1\n" * 100
    app = made_packages.wheel(index.folder, "app", files={"app/__init__.py": code}, requires=["leaf"])
    leaf = made_packages.wheel(index.folder, "leaf")
    found = finished(weight(service(tmp_path, PythonInstall(tool="pip", requirements=("app",), line=3)), workspace))
    part = named(found, "app 1.0")
    assert (part.group, part.known, part.required_by) == ("python", "weighed", ())
    assert part.pulled_bytes == app.stat().st_size
    assert part.unpacked_bytes > len(code)
    assert named(found, "leaf").required_by == ("app",)
    assert all(part.source for part in found.parts)
    assert found.unpacked_bytes == sum(part.unpacked_bytes for part in found.parts)
    assert found.fetched_bytes == app.stat().st_size + leaf.stat().st_size, "small files are read whole"


def test_bytecode_and_the_cache_count_where_the_dockerfile_leaves_them(
    index: IndexServer, workspace: Workspace, tmp_path: Path
) -> None:
    code = b"x = 1\n" * 1000
    app = made_packages.wheel(index.folder, "app", files={"app/__init__.py": code, "app/data": b"123"})
    install = PythonInstall(tool="pip", requirements=("app",), line=3)
    found = finished(weight(service(tmp_path, install), workspace))
    bytecode = named(found, "bytecode of 1 packages")
    assert (bytecode.group, bytecode.known) == ("bytecode", "table")
    assert bytecode.unpacked_bytes == round(6000 * 1.286)
    assert "2026" in bytecode.source
    cache = named(found, "download cache of pip")
    assert (cache.group, cache.unpacked_bytes, cache.pulled_bytes) == ("cache", app.stat().st_size, app.stat().st_size)

    clean = PythonInstall(tool="pip", requirements=("app",), keeps_cache=False, compiles=False)
    variables = (("PIP_NO_CACHE_DIR", "1"), ("PIP_NO_COMPILE", "true"))
    for quiet in (service(tmp_path, clean), service(tmp_path, install, environment=variables)):
        assert {part.group for part in finished(weight(quiet, workspace)).parts} == {"python"}
    kept = service(tmp_path, install, environment=(("PIP_NO_CACHE_DIR", "0"), ("PYTHONDONTWRITEBYTECODE", "1")))
    assert {part.group for part in finished(weight(kept, workspace)).parts} == {"python", "bytecode", "cache"}


def test_a_later_layer_adds_only_what_changes_and_says_what_it_replaces(
    index: IndexServer, workspace: Workspace, tmp_path: Path
) -> None:
    for version in ("1.0", "2.0"):
        made_packages.wheel(index.folder, "leaf", version)
    made_packages.wheel(index.folder, "app", requires=["leaf"])
    made_packages.wheel(index.folder, "picky", requires=["leaf<2"])
    first = PythonInstall(tool="pip", requirements=("app",), line=3, compiles=False, keeps_cache=False)
    again = PythonInstall(tool="pip", requirements=("app", "leaf"), line=4, compiles=False, keeps_cache=False)
    later = PythonInstall(tool="pip", requirements=("picky",), line=5, compiles=False, keeps_cache=False)
    found = finished(weight(service(tmp_path, first, again, later), workspace))
    assert [part.name for part in found.parts] == ["app 1.0", "leaf 2.0", "leaf 1.0", "picky 1.0"]
    assert "replaces 2.0 of an earlier layer, which still takes its room" in found.parts[2].source
    assert "replaces" not in found.parts[1].source


def test_copied_files_are_split_into_the_model_and_the_rest(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    contents = {"app.py": b"print()\n" * 500, "model/weights": os.urandom(50_000), "model-notes.txt": b"x" * 100}
    for name, data in contents.items():
        (tmp_path / name).write_bytes(data)
    files = tuple(
        CopiedFile(source=Path(name), target=f"/app/{name}", size_bytes=len(data)) for name, data in contents.items()
    )
    checkpoint = Checkpoint(name="./model", path=tmp_path / "model", image_path="/app/model", format="safetensors")
    found = finished(weight(service(tmp_path, files=files, checkpoints=(checkpoint,)), workspace))
    model, rest = named(found, "model ./model"), named(found, "the service's own files")
    assert (model.group, model.unpacked_bytes) == ("model", 50_000)
    assert 49_900 < (model.pulled_bytes or 0) < 50_100, "random bytes do not compress"
    assert (rest.group, rest.unpacked_bytes) == ("app", 4_100)
    assert (rest.pulled_bytes or 0) < 200, "repeated text compresses well"
    assert {part.known for part in found.parts} == {"weighed"}


def test_a_large_file_is_compressed_in_samples_only(workspace: Workspace, tmp_path: Path) -> None:
    size = 40_000_000
    with (tmp_path / "weights").open("wb") as file:
        file.truncate(size)
    files = (CopiedFile(source=Path("weights"), target="/weights", size_bytes=size),)
    part = finished(weight(service(tmp_path, files=files), workspace)).parts[0]
    assert part.unpacked_bytes == size
    assert (part.pulled_bytes or 0) < size // 500
    assert "samples" in part.source


def test_what_cannot_be_weighed_is_said_in_sentences(index: IndexServer, workspace: Workspace, tmp_path: Path) -> None:
    made_packages.wheel(index.folder, "app")
    deployment = service(
        tmp_path,
        PythonInstall(tool="conda", requirements=("numpy",), line=7),
        PythonInstall(tool="pip", requirements=("app", "git+https://example.org/x"), line=8),
        system_installs=(SystemInstall(packages=("git",), line=2),),
        checkpoints=(Checkpoint(name="t5-base", path=None, image_path=None, format="safetensors"),),
    )
    missing = "\n".join(finished(weight(deployment, workspace)).missing)
    assert f"{UNKNOWN_BASE} is not counted" in missing
    assert "apt packages are not weighed" in missing
    assert "line 7: conda" in missing
    assert "line 8: git+https://example.org/x" in missing
    assert "t5-base is not in the image" in missing
    bare = service(tmp_path, base_image=None, dockerfile=None)
    assert finished(weight(bare, workspace)).missing == ("there is no Dockerfile, so no base image is counted",)


def test_requirements_that_cannot_be_resolved_name_the_line(
    index: IndexServer, workspace: Workspace, tmp_path: Path
) -> None:
    made_packages.wheel(index.folder, "app")
    deployment = service(tmp_path, PythonInstall(tool="pip", requirements=("app>5",), line=9))
    with pytest.raises(Unresolvable) as problem:
        finished(weight(deployment, workspace))
    assert problem.value.where == "Dockerfile:9"


def test_what_a_framework_image_holds_is_not_counted_again(
    index: IndexServer, workspace: Workspace, tmp_path: Path
) -> None:
    made_packages.wheel(index.folder, "torch", "2.1.0")
    made_packages.wheel(index.folder, "torch", "2.2.0")
    made_packages.wheel(index.folder, "app", requires=["torch"])

    def brought(*requirements: str) -> set[str]:
        install = PythonInstall(tool="pip", requirements=requirements, compiles=False, keeps_cache=False)
        deployment = service(tmp_path, install, base_image="pytorch/pytorch:2.1.0-cuda12.1-cudnn8-runtime")
        return {part.name for part in finished(weight(deployment, workspace)).parts if part.group == "python"}

    assert brought("app") == {"app 1.0"}
    assert brought("app", "torch>=2.1") == {"app 1.0"}
    assert brought("app", "torch==2.2.0") == {"app 1.0", "torch 2.2.0"}


def test_a_set_of_requirements_can_be_weighed_alone(index: IndexServer, workspace: Workspace, tmp_path: Path) -> None:
    made_packages.wheel(index.folder, "app", requires=["leaf"])
    elsewhere = made_packages.wheel(tmp_path / "elsewhere", "leaf").parent
    parts = finished(python_parts(["app"], python="3.12", workspace=workspace, options=[f"--find-links={elsewhere}"]))
    assert [part.name for part in parts] == ["app 1.0", "leaf 1.0"]
    assert {part.group for part in parts} == {"python"}
