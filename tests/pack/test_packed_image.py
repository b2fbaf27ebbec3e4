from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from jettison import oci
from jettison.errors import ImageInvalid, SettingsInvalid
from jettison.pack import image
from jettison.records import finished
from jettison.sandbox import container
from jettison.workspace import Workspace
from tests.oci.local_registry import StartRegistry
from tests.oci.trees import listing, umoci_unpacked
from tests.pack.packed import Packed, run

pytestmark = pytest.mark.online


@contextmanager
def served(packed: Packed, port: int) -> Iterator[None]:
    """The image's command, on another port."""
    config = oci.stored(packed.layout).config
    start = [part.replace("8080", str(port)) for part in config.command]
    command = container.argv(packed.root, start, workdir=config.workdir, environment=dict(config.environment))
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        yield
    finally:
        process.kill()
        process.communicate()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_it_answers_over_http_with_a_read_only_root(packed: Packed) -> None:
    port = free_port()
    body = json.dumps({"vector": [10, 1]}).encode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/product", data=body, headers={"Content-Type": "application/json"}
    )
    with served(packed, port):
        for _ in range(300):
            try:
                with urllib.request.urlopen(request, timeout=10) as answer:
                    assert json.loads(answer.read()) == {"product": [13.0, 24.0]}
                    return
            except urllib.error.URLError:
                time.sleep(0.1)
    raise AssertionError("no answer in 30 seconds")


def test_runtime_and_libraries_stay_small(packed: Packed) -> None:
    layers = {layer.name: layer for layer in packed.image.layers}
    assert list(layers) == ["runtime", "libraries", "model", "app"]
    carried = (layers["runtime"], layers["libraries"])
    assert sum(layer.unpacked_bytes for layer in carried) <= 142e6
    assert sum(layer.compressed_bytes for layer in carried) <= 48.5e6


def test_the_sizes_are_those_of_the_written_layers(packed: Packed) -> None:
    stored = oci.stored(packed.layout)
    for position, layer in enumerate(packed.image.layers):
        blob = packed.layout / "blobs" / layer.digest.replace(":", "/")
        assert blob.stat().st_size == layer.compressed_bytes == stored.manifest.layers[position].size_bytes
        with stored.plain_layer(position) as plain:
            assert sum(len(chunk) for chunk in iter(lambda: plain.read(1 << 20), b"")) == layer.unpacked_bytes


def test_umoci_unpacks_the_same_files(packed: Packed, tmp_path: Path) -> None:
    theirs = umoci_unpacked(packed.layout, tmp_path / "bundle")
    ours = tmp_path / "ours"
    finished(oci.unpacked(oci.stored(packed.layout), ours))
    assert listing(ours) == listing(theirs)


def test_it_goes_through_a_registry_and_comes_back_with_its_digest(
    packed: Packed, tmp_path: Path, start_registry: StartRegistry
) -> None:
    host = start_registry("")
    skopeo = ["skopeo", "--insecure-policy", "copy", "--preserve-digests"]
    there = [*skopeo, "--dest-tls-verify=false", f"oci:{packed.layout}:1", f"docker://{host}/product:1"]
    subprocess.run(there, check=True, capture_output=True)
    back = [*skopeo, "--src-tls-verify=false", f"docker://{host}/product:1", f"oci:{tmp_path}/back:1"]
    subprocess.run(back, check=True, capture_output=True)
    assert oci.stored(tmp_path / "back").digest == packed.image.digest
    asked = oci.pulled_bytes(f"{host}/product:1")
    assert asked is not None and 0 < asked - packed.image.compressed_bytes < 10_000


@pytest.mark.slow
def test_packed_again_from_a_dated_copy_elsewhere_under_another_umask_it_is_the_same_image(
    packed: Packed, tmp_path: Path, copied_downloads: Callable[[Path], Workspace], monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "a longer path" / "copy"
    before = os.umask(0o077)
    try:
        stage, model = copy / "app", copy / "network"
        for source, target in ((packed.blueprint.app, stage), (packed.blueprint.models[0][0], model)):
            for path in sorted(source.rglob("*"), reverse=True):
                twin = target / path.relative_to(source)
                twin.parent.mkdir(parents=True, exist_ok=True)
                if path.is_file():
                    twin.write_bytes(path.read_bytes())
                    os.utime(twin, (1_600_000_000.5, 1_700_000_000.25))
        wheel = copy / packed.blueprint.wheels[0].name
        shutil.copyfile(packed.blueprint.wheels[0], wheel)
        monkeypatch.chdir(copy)
        again = replace(
            packed.blueprint, app=stage, models=((model, "/app/model"),), wheels=(wheel,), python=packed.image.python
        )
        made = finished(image(again, copied_downloads(tmp_path / "cache"), copy / "image"))
    finally:
        os.umask(before)
    assert [layer.diff_id for layer in made.layers] == [layer.diff_id for layer in packed.image.layers]
    assert made.digest == packed.image.digest


def test_the_base_lock_gives_the_same_base_again(packed: Packed, workspace: Workspace, tmp_path: Path) -> None:
    again = replace(packed.blueprint, base_lock=packed.image.base_lock, python=packed.image.python)
    assert finished(image(again, workspace, tmp_path / "image")).digest == packed.image.digest
    other = finished(image(replace(again, python="3.9"), workspace, tmp_path / "other"))
    assert other.layers == packed.image.layers
    assert any("asks for Python 3.9, the base lock holds" in note for note in other.notes)


def test_the_layers_of_a_given_base_are_kept_byte_for_byte(
    packed: Packed, workspace: Workspace, tmp_path: Path
) -> None:
    """The base is our own image, written anew by skopeo; flask comes from it, waitress with the new libraries."""
    given = tmp_path / "given"
    command = ["skopeo", "--insecure-policy", "copy", f"oci:{packed.layout}:1", f"oci:{given}:base"]
    subprocess.run(command, check=True, capture_output=True)
    app = tmp_path / "stage" / "srv" / "hello.py"
    app.parent.mkdir(parents=True)
    app.write_text("import flask, waitress\napp = flask.Flask(waitress.__name__)\n")
    on_given = replace(
        packed.blueprint,
        base=f"{given}:base",
        app=tmp_path / "stage",
        models=(),
        wheels=(),
        requirements=("waitress",),
        command=("python", "-m", "waitress", "hello:app"),
        workdir="/srv",
        compression="zstd",
    )
    made = finished(image(on_given, workspace, tmp_path / "image"))
    assert [layer.digest for layer in made.layers[:4]] == [layer.digest for layer in packed.image.layers]
    assert [layer.name for layer in made.layers[4:]] == ["libraries", "app"]
    assert {layer.media_type.rpartition("+")[2] for layer in made.layers[4:]} == {"zstd"}
    assert made.python == packed.image.python
    assert made.base_lock is None and made.layout is not None
    finished(oci.unpacked(oci.stored(made.layout), tmp_path / "root"))
    above = Packed(image=made, blueprint=on_given, layout=made.layout, root=tmp_path / "root")
    assert run(above, "import hello; print(hello.app.name, hello.__cached__)").split() == [
        "waitress",
        f"/srv/__pycache__/hello.cpython-{made.python.replace('.', '')}.pyc",
    ]
    with pytest.raises(ImageInvalid, match="for amd64, not for arm64"):
        finished(image(replace(on_given, architecture="arm64"), workspace, tmp_path / "arm"))
    with pytest.raises(SettingsInvalid, match="there is no base"):
        finished(image(replace(on_given, base=str(tmp_path / "nowhere")), workspace, tmp_path / "none"))
    assert not (tmp_path / "arm").exists() and not (tmp_path / "none").exists()
