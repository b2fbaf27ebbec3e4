from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from jettison.errors import ImageInvalid
from jettison.oci import entries
from jettison.oci.layout import blob_path
from jettison.pack.inspection import inspected
from jettison.records import finished
from tests.oci.trees import image_of


def test_a_foreign_image_is_weighed_layer_by_layer(tmp_path: Path) -> None:
    made = image_of(
        tmp_path / "layout", [[entries.file("a", b"1" * 5000)], [entries.file("b", b""), entries.folder("c")]]
    )
    found = finished(inspected(tmp_path / "layout"))
    assert found.layers == tuple(replace(layer, name="test") for layer in made)
    assert [layer.files for layer in found.layers] == [1, 1]
    assert found.unpacked_bytes == (512 + 5120 + 1024) + (512 + 512 + 1024)
    archive = tmp_path / "archive.tar"
    command = ["skopeo", "--insecure-policy", "copy", f"oci:{tmp_path}/layout:1", f"docker-archive:{archive}:made:1"]
    subprocess.run(command, check=True, capture_output=True)
    again = finished(inspected(archive))
    assert [layer.diff_id for layer in again.layers] == [layer.diff_id for layer in made]
    assert again.unpacked_bytes == found.unpacked_bytes == again.compressed_bytes


def test_a_damaged_layer_is_one_clear_error(tmp_path: Path) -> None:
    [made] = image_of(tmp_path / "layout", [[entries.file("a", b"1" * 5000)]])
    path = blob_path(tmp_path / "layout", made.digest)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(ImageInvalid, match="layer 1 is damaged"):
        finished(inspected(tmp_path / "layout"))
