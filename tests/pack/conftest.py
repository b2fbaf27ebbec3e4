"""One packed image for the whole session: Flask, the runtime with ONNX Runtime and tokenizers, a small model."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jettison import oci
from jettison.pack import image
from jettison.packages.runtime_wheel import runtime_wheel
from jettison.records import Blueprint, finished
from jettison.workspace import Workspace
from tests.oci.local_registry import StartRegistry, registries
from tests.pack.packed import APP, Packed, model_folder


@pytest.fixture(scope="session")
def blueprint(tmp_path_factory: pytest.TempPathFactory, workspace: Workspace) -> Blueprint:
    """What the image is made from."""
    folder = tmp_path_factory.mktemp("service")
    (folder / "stage" / "app").mkdir(parents=True)
    (folder / "stage" / "app" / "app.py").write_text(APP)
    (folder / "stage" / "app" / "words.txt").write_text("one two\n")
    (folder / "stage" / "app" / "__pycache__").mkdir()
    (folder / "stage" / "app" / "__pycache__" / "app.cpython-311.pyc").write_bytes(b"left by a test run")
    model_folder(folder / "model")
    return Blueprint(
        reference="example.test/product:1",
        title="product",
        python="3.11",
        app=folder / "stage",
        models=((folder / "model", "/app/model"),),
        requirements=("flask", "waitress"),
        wheels=(runtime_wheel(workspace),),
        command=("python", "-m", "waitress", "--listen=127.0.0.1:8080", "app:app"),
        environment=(("MODEL_DIR", "/app/model"),),
    )


@pytest.fixture(scope="session")
def packed(blueprint: Blueprint, workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Packed:
    """The image, packed once."""
    folder = tmp_path_factory.mktemp("packed")
    made = finished(image(blueprint, workspace, folder / "image"))
    assert made.layout is not None
    finished(oci.unpacked(oci.stored(made.layout), folder / "root"))
    return Packed(image=made, blueprint=blueprint, layout=made.layout, root=folder / "root")


@pytest.fixture(scope="session")
def copied_downloads(workspace: Workspace) -> Callable[[Path], Workspace]:
    """Makes another cache that has only what came over the network; all work is done again."""

    def copy(root: Path) -> Workspace:
        root.mkdir(parents=True)
        for kind in ("debs", "debian-lists", "uv", "resolutions"):
            if (workspace.root / kind).is_dir():
                shutil.copytree(workspace.root / kind, root / kind, symlinks=True)
        return Workspace(root=root)

    return copy


@pytest.fixture
def start_registry(tmp_path: Path) -> Iterator[StartRegistry]:
    """Starts a docker-registry with the given lines added to its settings; gives ``127.0.0.1:port``."""
    with registries(tmp_path) as start:
        yield start
