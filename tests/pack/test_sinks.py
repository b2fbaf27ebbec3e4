from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

import dockerfile
from jettison import oci
from jettison.errors import OutputRefused
from jettison.pack import SINKS
from jettison.pack.sinks import docker_archive, oci_layout
from jettison.pack.sinks import dockerfile as dockerfile_sink
from jettison.records import finished
from tests.pack.packed import Packed

pytestmark = pytest.mark.online


def test_the_names_of_the_shelf_differ() -> None:
    assert [sink.NAME for sink in SINKS] == ["oci", "docker-archive", "dockerfile"]


def test_a_copied_layout_is_the_same_image(packed: Packed, tmp_path: Path) -> None:
    copy = finished(oci_layout.write(packed.image, packed.blueprint, tmp_path / "copy"))
    assert oci.stored(copy).digest == packed.image.digest
    finished(oci.check(copy))


def test_a_docker_archive_is_read_by_skopeo_under_its_name(packed: Packed, tmp_path: Path) -> None:
    archive = finished(docker_archive.write(packed.image, packed.blueprint, tmp_path / "deep" / "product.tar"))
    found = json.loads(subprocess.check_output(["skopeo", "inspect", f"docker-archive:{archive}"]))
    assert found["Layers"] == [layer.diff_id for layer in packed.image.layers]
    assert "MODEL_DIR=/app/model" in found["Env"]
    tags = json.loads(subprocess.check_output(["skopeo", "list-tags", f"docker-archive:{archive}"]))
    assert tags["Tags"] == ["example.test/product:1"]
    with pytest.raises(OutputRefused):
        finished(docker_archive.write(packed.image, packed.blueprint, archive))
    assert [path.name for path in archive.parent.iterdir()] == ["product.tar"]


def test_the_build_folder_holds_everything_its_dockerfile_names(packed: Packed, tmp_path: Path) -> None:
    odd = (("GREETING", 'say "hi" for $5\\n'), ("EMPTY", ""), ("PLAIN", "a/b:c"))
    blueprint = replace(packed.blueprint, environment=odd)
    folder = finished(dockerfile_sink.write(packed.image, blueprint, tmp_path / "build"))
    commands = dockerfile.parse_file(str(folder / "Dockerfile"))
    words = [command.cmd.upper() for command in commands]
    assert words.count("FROM") == 2 and words[0] == "ARG"
    for command in commands:
        if command.cmd.upper() == "COPY" and not command.flags:
            assert all((folder / source).exists() for source in command.value[:-1]), command.value
    variables = {c.value[0]: c.value[1].strip('"') for c in commands if c.cmd.upper() == "ENV"}
    assert variables["GREETING"] == 'say \\"hi\\" for \\$5\\\\n'
    assert variables["EMPTY"] == "" and variables["PLAIN"] == "a/b:c"
    assert variables["ORT_DISABLE_TELEMETRY"] == "1"
    last = commands[-1]
    assert (last.cmd.upper(), last.json, tuple(last.value)) == ("CMD", True, packed.blueprint.command)
    assert next(c.value for c in commands if c.cmd.upper() == "USER") == ("65532",)


def test_a_cpu_build_of_torch_is_looked_for_where_it_is(packed: Packed, tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text("torch==2.13.0+cpu \\\n    --hash=sha256:00\n")
    blueprint = replace(
        packed.blueprint, index_options=("--extra-index-url=https://me:token@index.example.test/simple",)
    )
    for image, expected in ((packed.image, 1), (replace(packed.image, requirements_lock=lock), 2)):
        folder = finished(dockerfile_sink.write(image, blueprint, tmp_path / str(expected)))
        [install] = [c for c in dockerfile.parse_file(str(folder / "Dockerfile")) if c.cmd.upper() == "RUN"]
        assert install.value[0].count("--extra-index-url") == expected
        assert "https://index.example.test/simple" in install.value[0] and "token" not in install.value[0]


def test_what_the_build_folder_prunes_is_what_the_image_lacks(packed: Packed, tmp_path: Path) -> None:
    folder = finished(dockerfile_sink.write(packed.image, packed.blueprint, tmp_path / "build"))
    [site] = packed.root.glob("usr/local/lib/python3*/*-packages")
    files = (folder / "pruned-files.txt").read_text().splitlines()
    assert any(file.startswith("onnxruntime/capi/libonnxruntime.so") for file in files)
    assert not [file for file in files if (site / file).exists()]
    assert (folder / "requirements.lock").read_text().count("--hash=sha256:") == len(list(site.glob("*.dist-info")))
    assert [path.suffix for path in (folder / "wheels").iterdir()] == [".whl"]
