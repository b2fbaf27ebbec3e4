from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from jettison.errors import ImageInvalid
from jettison.oci import check, entries, violations
from jettison.records import finished
from tests.oci.schemas import check_layout
from tests.oci.trees import image_of

Document = dict[str, Any]


@pytest.fixture
def layout(tmp_path: Path) -> Path:
    """A right image of two layers."""
    below = [entries.file("usr/bin/run", b"#!/bin/true\n", executable=True), entries.folder("tmp")]
    above = [entries.file("app/app.py", b"app = None\n"), entries.symlink("app/link", "app.py")]
    image_of(tmp_path / "layout", [below, above])
    return tmp_path / "layout"


def sentences(layout: Path) -> str:
    return "\n".join(map(str, finished(violations(layout))))


def put(layout: Path, data: bytes) -> Document:
    digest = hashlib.sha256(data).hexdigest()
    (layout / "blobs" / "sha256" / digest).write_bytes(data)
    return {"digest": f"sha256:{digest}", "size": len(data)}


def documents(layout: Path) -> tuple[Document, Document, Document]:
    index = json.loads((layout / "index.json").read_bytes())
    manifest = json.loads((layout / "blobs" / index["manifests"][0]["digest"].replace(":", "/")).read_bytes())
    config = json.loads((layout / "blobs" / manifest["config"]["digest"].replace(":", "/")).read_bytes())
    return index, manifest, config


def rewritten(layout: Path, change: Callable[[Document, Document, Document], object]) -> None:
    """The same image with changed documents, all digests mended, so that only the change is wrong."""
    index, manifest, config = documents(layout)
    config_before, manifest_before = json.dumps(config), json.dumps(manifest)
    change(index, manifest, config)
    if json.dumps(config) != config_before:
        manifest["config"] |= put(layout, json.dumps(config).encode())
    if json.dumps(manifest) != manifest_before:
        index["manifests"][0] |= put(layout, json.dumps(manifest).encode())
    (layout / "index.json").write_text(json.dumps(index))


def with_layer(layout: Path, fill: Callable[[tarfile.TarFile], None]) -> None:
    """The same image, its upper layer replaced by one that Python's tarfile wrote."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        fill(tar)
    blob = put(layout, gzip.compress(buffer.getvalue()))

    def change(_: Document, manifest: Document, config: Document) -> None:
        manifest["layers"][1] |= blob
        config["rootfs"]["diff_ids"][1] = "sha256:" + hashlib.sha256(buffer.getvalue()).hexdigest()

    rewritten(layout, change)


def add(tar: tarfile.TarFile, name: str, kind: bytes = tarfile.REGTYPE, link: str = "", size: int = 0) -> None:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, link, size
    tar.addfile(info, io.BytesIO(bytes(size)))


def add_all(tar: tarfile.TarFile, *members: tuple[Any, ...]) -> None:
    for member in members:
        add(tar, *member)


def test_a_right_image_breaks_no_rule_and_fits_the_schemas(layout: Path) -> None:
    assert finished(violations(layout)) == ()
    finished(check(layout))
    check_layout(layout)


def test_a_changed_byte_in_any_blob_is_found(layout: Path) -> None:
    blobs = sorted((layout / "blobs" / "sha256").iterdir())
    assert len(blobs) == 4
    for blob in blobs:
        whole = blob.read_bytes()
        blob.write_bytes(whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:])
        assert f"blobs/sha256/{blob.name}: its content has another digest" in sentences(layout)
        blob.write_bytes(whole)
    assert sentences(layout) == ""


def test_a_missing_blob_and_a_truncated_blob_are_found(layout: Path) -> None:
    _, manifest, _ = documents(layout)
    blob = layout / "blobs" / manifest["layers"][0]["digest"].replace(":", "/")
    whole = blob.read_bytes()
    blob.write_bytes(whole[: len(whole) // 2])
    assert "cannot be read" in sentences(layout)
    assert f"says {len(whole)} bytes, the blob has {len(whole) // 2}" in sentences(layout)
    blob.unlink()
    assert "is missing" in sentences(layout)


def test_a_file_that_is_no_json_and_a_missing_one_are_found(layout: Path) -> None:
    (layout / "oci-layout").write_text('{"imageLayoutVersion": "2.0.0"}')
    assert "imageLayoutVersion is '2.0.0'" in sentences(layout)
    (layout / "index.json").write_text("{")
    assert "index.json: is no JSON" in sentences(layout)
    (layout / "index.json").write_text("[" * 100_000)
    assert "index.json: is no JSON" in sentences(layout)
    (layout / "index.json").unlink()
    assert "index.json: is missing" in sentences(layout)


DOCUMENT_FAULTS: list[tuple[str, Callable[[Document, Document, Document], object], str]] = [
    ("index version", lambda i, m, c: i.update(schemaVersion=1), "schemaVersion is 1"),
    ("index type", lambda i, m, c: i.update(mediaType="text/plain"), "mediaType is 'text/plain'"),
    ("no manifests", lambda i, m, c: i.pop("manifests"), "manifests is no list"),
    ("odd digest", lambda i, m, c: i["manifests"][0].update(digest="sha256:ABC"), "is no sha256"),
    ("negative size", lambda i, m, c: i["manifests"][0].update(size=-1), "is no length"),
    ("size as text", lambda i, m, c: m["config"].update(size="12"), "is no length"),
    ("wrong size", lambda i, m, c: m["config"].update(size=12), "says 12 bytes"),
    ("wrong platform", lambda i, m, c: i["manifests"][0]["platform"].update(architecture="arm64"), "the index says"),
    ("manifest version", lambda i, m, c: m.update(schemaVersion=True), "schemaVersion is True"),
    ("manifest type", lambda i, m, c: m.update(mediaType="application/vnd.oci.image.index.v1+json"), "mediaType is"),
    ("no layers", lambda i, m, c: m.update(layers=[]), "at least one layer"),
    ("unknown layer type", lambda i, m, c: m["layers"][0].update(mediaType="application/x-tar"), "does not belong"),
    (
        "layer type of another compression",
        lambda i, m, c: m["layers"][0].update(mediaType="application/vnd.oci.image.layer.v1.tar+zstd"),
        "is gzip-compressed, but",
    ),
    (
        "Docker's type in an OCI manifest",
        lambda i, m, c: m["layers"][0].update(mediaType="application/vnd.docker.image.rootfs.diff.tar.gzip"),
        "mixes Docker's media types",
    ),
    ("annotation of a number", lambda i, m, c: m.update(annotations={"a": 1}), "annotations is no map of texts"),
    ("empty annotation key", lambda i, m, c: m.update(annotations={"": "a"}), "annotations has an empty key"),
    ("no architecture", lambda i, m, c: c.pop("architecture"), "architecture is missing"),
    ("no os", lambda i, m, c: c.update(os=""), "os is missing"),
    ("odd time", lambda i, m, c: c.update(created="yesterday"), "no RFC 3339 time"),
    ("no rootfs", lambda i, m, c: c.pop("rootfs"), "rootfs is missing"),
    ("rootfs type", lambda i, m, c: c["rootfs"].update(type="tar"), "rootfs.type is 'tar'"),
    ("swapped diff_ids", lambda i, m, c: c["rootfs"]["diff_ids"].reverse(), "the config says"),
    ("missing diff_id", lambda i, m, c: c["rootfs"]["diff_ids"].pop(), "1 diff_ids for 2 layers"),
    ("odd diff_id", lambda i, m, c: c["rootfs"].update(diff_ids=["md5:1", "x"]), "is no sha256"),
    ("short history", lambda i, m, c: c["history"].pop(), "history tells of 1 layers"),
    ("empty layer too many", lambda i, m, c: c["history"][0].update(empty_layer=True), "history tells of 1 layers"),
    ("odd history", lambda i, m, c: c["history"][0].update(empty_layer=1), "is no boolean"),
    ("variable without a value", lambda i, m, c: c["config"].update(Env=["PATH"]), "no list of NAME=value"),
    ("command as text", lambda i, m, c: c["config"].update(Cmd="run"), "config.Cmd is no list of texts"),
    ("relative workdir", lambda i, m, c: c["config"].update(WorkingDir="app"), "WorkingDir is not absolute"),
    ("ports as list", lambda i, m, c: c["config"].update(ExposedPorts=["8080/tcp"]), "no set of ports"),
    ("port in words", lambda i, m, c: c["config"].update(ExposedPorts={"http": {}}), "no set of ports"),
    ("user as number", lambda i, m, c: c["config"].update(User=65532), "config.User is no text"),
    ("label of a number", lambda i, m, c: c["config"].update(Labels={"a": 1}), "config.Labels is no map"),
]


@pytest.mark.parametrize(("change", "sentence"), [f[1:] for f in DOCUMENT_FAULTS], ids=[f[0] for f in DOCUMENT_FAULTS])
def test_a_fault_in_a_document_is_found(
    layout: Path, change: Callable[[Document, Document, Document], object], sentence: str
) -> None:
    rewritten(layout, change)
    assert sentence in sentences(layout)


def test_the_schemas_see_the_same_faults_where_a_schema_can(layout: Path, tmp_path: Path) -> None:
    seen = set()
    for name, change, _ in DOCUMENT_FAULTS:
        image_of(tmp_path / name, [[entries.file("a", b"1")], [entries.file("b", b"2")]])
        rewritten(tmp_path / name, change)
        try:
            check_layout(tmp_path / name)
        except (jsonschema.ValidationError, AssertionError, FileNotFoundError):
            seen.add(name)
    only_by_looking_further = {
        "wrong size",
        "wrong platform",
        "layer type of another compression",
        "swapped diff_ids",
        "short history",
        "empty layer too many",
    }
    assert {name for name, _, _ in DOCUMENT_FAULTS} - seen == only_by_looking_further


LAYER_FAULTS: list[tuple[str, Callable[[tarfile.TarFile], None], str]] = [
    ("twice", lambda tar: add_all(tar, ("a",), ("a",)), "a: stands twice"),
    ("no parent", lambda tar: add(tar, "a/b"), "its folder a is not listed before it"),
    (
        "parent later",
        lambda tar: add_all(
            tar,
            ("a/b",),
            (
                "a",
                tarfile.DIRTYPE,
            ),
        ),
        "a is not listed before",
    ),
    ("parent is a file", lambda tar: add_all(tar, ("a",), ("a/b",)), "a/b: a is no folder"),
    ("link to a lower layer", lambda tar: add(tar, "run", tarfile.LNKTYPE, "usr/bin/run"), "no file earlier in this"),
    (
        "link to a later file",
        lambda tar: add_all(
            tar,
            (
                "a",
                tarfile.LNKTYPE,
                "b",
            ),
            ("b",),
        ),
        "no file earlier",
    ),
    ("device", lambda tar: add(tar, "null", tarfile.CHRTYPE), "neither file nor folder nor link"),
    ("leads out", lambda tar: add(tar, "../a"), "leads out of the image"),
    ("absolute", lambda tar: add(tar, "/a"), "leads out of the image"),
    ("whiteout with content", lambda tar: add(tar, ".wh.a", size=3), "a whiteout is an empty file"),
    ("whiteout as folder", lambda tar: add(tar, ".wh.a", tarfile.DIRTYPE), "a whiteout is an empty file"),
]


@pytest.mark.parametrize(("fill", "sentence"), [f[1:] for f in LAYER_FAULTS], ids=[f[0] for f in LAYER_FAULTS])
def test_a_fault_in_a_layer_is_found(layout: Path, fill: Callable[[tarfile.TarFile], None], sentence: str) -> None:
    with_layer(layout, fill)
    assert sentence in sentences(layout)


def test_a_given_layer_is_not_held_to_the_stricter_reading(layout: Path) -> None:
    with_layer(layout, lambda tar: add(tar, "a/b"))
    digest = documents(layout)[1]["layers"][1]["digest"]
    assert finished(violations(layout, given=frozenset([digest]))) == ()
    with_layer(layout, lambda tar: add_all(tar, ("a",), ("a",)))
    digest = documents(layout)[1]["layers"][1]["digest"]
    assert "stands twice" in str(finished(violations(layout, given=frozenset([digest])))[0])


def test_all_faults_are_told_at_once(layout: Path) -> None:
    def change(index: Document, manifest: Document, config: Document) -> None:
        config["config"]["WorkingDir"] = "app"
        manifest["annotations"] = {"a": 1}
        index["schemaVersion"] = 3

    rewritten(layout, change)
    with pytest.raises(ImageInvalid) as caught:
        finished(check(layout))
    assert "in 3 places" in caught.value.what
    assert all(part in caught.value.what for part in ("WorkingDir", "annotations", "schemaVersion"))
