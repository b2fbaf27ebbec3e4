from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path

import pytest

from jettison.report import verified

from .forging import broken, forge, put


def blob(out: Path, layer: int) -> Path:
    tree = json.loads((out / "report.json").read_bytes())
    name: str = tree["report"]["image"]["layers"][layer]["digest"]
    return out / "image" / "blobs" / "sha256" / name.removeprefix("sha256:")


@pytest.mark.parametrize(("layer", "name"), [(0, "runtime"), (1, "libraries"), (3, "app")])
def test_a_swapped_blob_is_named(layer: int, name: str, out: Path) -> None:
    blob(out, layer).write_bytes(b"something else")
    assert {f"image layer {name}: as sent", f"image layer {name}: unpacked"} <= set(broken(out))


def test_a_truncated_and_a_missing_blob_are_named(out: Path) -> None:
    path = blob(out, 1)
    path.write_bytes(path.read_bytes()[:-5])
    assert {"image layer libraries: as sent", "image layer libraries: unpacked"} <= set(broken(out))
    path.unlink()
    assert {"image layer libraries: as sent", "image layer libraries: unpacked"} <= set(broken(out))


def test_a_layer_that_unpacks_to_more_than_it_says_is_not_unpacked_to_its_end(out: Path) -> None:

    blob(out, 0).write_bytes(gzip.compress(bytes(50_000_000)))
    (wrong,) = (one for one in verified(out) if one.claim == "image layer runtime: unpacked")
    assert (wrong.holds, wrong.found) == (False, "more bytes")


def test_another_image_in_the_layout_is_named(out: Path) -> None:
    index = out / "image" / "index.json"
    index.write_text(index.read_text().replace("sha256:", "sha256:0", 1))
    assert "image: manifest that the index names" in broken(out)
    shutil.rmtree(out / "image")
    assert {"image: manifest that the index names", "image: manifest"} <= set(broken(out))


@pytest.mark.parametrize("digest_text", ["sha256:../../../etc/passwd", "sha256:/etc/passwd", "sha256:", ""])
def test_a_digest_that_is_a_path_leads_nowhere(digest_text: str, out: Path) -> None:
    forge(out, lambda tree: put(tree["report"]["image"]["layers"][0], "digest", digest_text))
    assert {"image layer runtime: as sent", "image layer runtime: unpacked"} <= set(broken(out))
