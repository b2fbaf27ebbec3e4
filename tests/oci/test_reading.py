from __future__ import annotations

import hashlib
import io
import json
import subprocess
import tarfile
from pathlib import Path

import pytest

from jettison.errors import ImageInvalid
from jettison.oci import Compression, Platform, StoredImage, docker_archive, entries, stored, tree, unpacked
from jettison.oci.documents import index_bytes
from jettison.oci.values import INDEX, MANIFEST, Descriptor, Index
from jettison.records import Layer, finished
from tests.oci.schemas import check_layout
from tests.oci.trees import image_of, listing, random_tree


@pytest.fixture
def tree_root(tmp_path: Path) -> Path:
    random_tree(tmp_path / "tree", 42)
    return tmp_path / "tree"


@pytest.fixture
def layers(tmp_path: Path, tree_root: Path) -> list[Layer]:
    """Of a layout at ``layout``: a random tree, and one more file."""
    return image_of(tmp_path / "layout", [tree(tree_root), [entries.file("upper", b"1")]])


def root_of(image: StoredImage, into: Path) -> dict[bytes, tuple[object, ...]]:
    finished(unpacked(image, into))
    return listing(into)


def skopeo(*arguments: str) -> None:
    subprocess.run(["skopeo", "--insecure-policy", *arguments], check=True, capture_output=True)


def test_a_layout_and_the_tar_of_a_layout_are_the_same_image(tmp_path: Path, layers: list[Layer]) -> None:
    with tarfile.open(tmp_path / "layout.tar", "w") as tar:
        tar.add(tmp_path / "layout", ".")
    one, other = stored(tmp_path / "layout"), stored(tmp_path / "layout.tar")
    assert one.digest == other.digest != ""
    assert one.config == other.config
    assert one.config.command == ("/bin/true",)
    assert one.reference == "example.test/made:1"
    assert root_of(one, tmp_path / "a") == root_of(other, tmp_path / "b")


@pytest.mark.parametrize("kind", [Compression(), Compression(kind="zstd", level=3), Compression(kind="none")])
def test_every_compression_is_read_back(tmp_path: Path, tree_root: Path, kind: Compression) -> None:
    image_of(tmp_path / "made", [tree(tree_root)], kind)
    assert root_of(stored(tmp_path / "made"), tmp_path / "out") == listing(tree_root)


def test_skopeo_reads_our_docker_archive_and_we_read_what_skopeo_wrote(tmp_path: Path, layers: list[Layer]) -> None:
    finished(docker_archive(stored(tmp_path / "layout"), "made:1", tmp_path / "ours.tar"))
    expected = root_of(stored(tmp_path / "layout"), tmp_path / "expected")
    skopeo("copy", f"docker-archive:{tmp_path}/ours.tar", f"oci:{tmp_path}/back:1")
    skopeo("copy", f"oci:{tmp_path}/layout:1", f"docker-archive:{tmp_path}/theirs.tar:made:1")
    skopeo("copy", f"oci-archive:{tmp_path}/ours.tar", f"oci:{tmp_path}/hybrid:1")
    for position, path in enumerate(["ours.tar", "back", "theirs.tar", "hybrid"]):
        image = stored(tmp_path / path)
        assert image.config.diff_ids == tuple(layer.diff_id for layer in layers), path
        assert root_of(image, tmp_path / f"root{position}") == expected, path


def test_our_docker_archive_names_the_image_and_holds_a_right_layout(tmp_path: Path, layers: list[Layer]) -> None:
    finished(docker_archive(stored(tmp_path / "layout"), "host:5000/made:1", tmp_path / "ours.tar"))
    with tarfile.open(tmp_path / "ours.tar") as tar:
        tar.extractall(tmp_path / "inside", filter="data")
        [listed] = json.loads((tmp_path / "inside" / "manifest.json").read_bytes())
        assert listed["RepoTags"] == ["host:5000/made:1"]
        assert [tar.getmember(name).size for name in listed["Layers"]] == [layer.unpacked_bytes for layer in layers]
    check_layout(tmp_path / "inside")


def test_equal_layers_stand_once_in_a_docker_archive(tmp_path: Path) -> None:
    same = [entries.file("a", b"1")]
    image_of(tmp_path / "layout", [same, [entries.file(".wh.a", b"")], same])
    finished(docker_archive(stored(tmp_path / "layout"), "made:1", tmp_path / "ours.tar"))
    with tarfile.open(tmp_path / "ours.tar") as tar:
        assert len(tar.getnames()) == len(set(tar.getnames()))
    assert b"a" in root_of(stored(tmp_path / "ours.tar"), tmp_path / "out")


def test_the_archive_that_docker_wrote_before_version_25_is_read(tmp_path: Path) -> None:
    """A folder a layer, a repeated layer as a link to the first."""
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as tar:
        info = tarfile.TarInfo("hello")
        info.size = 5
        tar.addfile(info, io.BytesIO(b"world"))
    diff_id = "sha256:" + hashlib.sha256(layer.getvalue()).hexdigest()
    config = json.dumps(
        {
            "architecture": "amd64",
            "os": "linux",
            "config": {"Env": ["A=b=c"], "Cmd": None},
            "rootfs": {"type": "layers", "diff_ids": [diff_id, diff_id]},
        }
    ).encode()
    listed = [{"Config": "c.json", "RepoTags": ["old:1"], "Layers": ["one/layer.tar", "two/layer.tar"]}]
    with tarfile.open(tmp_path / "old.tar", "w") as tar:
        for name, data in (
            ("c.json", config),
            ("one/layer.tar", layer.getvalue()),
            ("manifest.json", json.dumps(listed).encode()),
        ):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
        info = tarfile.TarInfo("two/layer.tar")
        info.type, info.linkname = tarfile.SYMTYPE, "../one/layer.tar"
        tar.addfile(info)
    image = stored(tmp_path / "old.tar", reference="old:1")
    assert image.digest == ""
    assert image.config.environment == (("A", "b=c"),)
    assert root_of(image, tmp_path / "out") == {b"hello": ("file", 0o644, b"world", b"hello")}


def test_the_right_image_of_several_platforms_is_chosen_through_a_nested_index(tmp_path: Path) -> None:
    image_of(tmp_path / "layout", [[entries.file("a", b"1")]])
    made = stored(tmp_path / "layout")
    blobs = tmp_path / "layout" / "blobs" / "sha256"

    def entry(data: bytes, media_type: str, platform: Platform | None) -> Descriptor:
        digest = hashlib.sha256(data).hexdigest()
        (blobs / digest).write_bytes(data)
        return Descriptor(media_type=media_type, digest=f"sha256:{digest}", size_bytes=len(data), platform=platform)

    attestation = entry(b"{}", MANIFEST, Platform(architecture="unknown", os="unknown"))
    amd64 = entry(made.manifest_bytes, MANIFEST, Platform())
    inner = entry(index_bytes(Index(manifests=(attestation, amd64))), INDEX, None)
    (tmp_path / "layout" / "index.json").write_bytes(index_bytes(Index(manifests=(inner,))))
    assert stored(tmp_path / "layout").digest == made.digest
    with pytest.raises(ImageInvalid, match="no image for linux/arm64"):
        stored(tmp_path / "layout", platform=Platform(architecture="arm64"))


def test_one_of_several_images_is_found_by_its_name_and_asked_for_without_one(tmp_path: Path) -> None:
    image_of(tmp_path / "one", [[entries.file("a", b"1")]])
    skopeo("copy", f"oci:{tmp_path}/one:1", f"oci:{tmp_path}/both:1")
    image_of(tmp_path / "two", [[entries.file("a", b"2")]])
    skopeo("copy", f"oci:{tmp_path}/two:1", f"oci:{tmp_path}/both:2")
    assert stored(tmp_path / "both", reference="2").digest == stored(tmp_path / "two").digest
    with pytest.raises(ImageInvalid, match="several images, say which: 1, 2"):
        stored(tmp_path / "both")
    with pytest.raises(ImageInvalid, match="no image named '3'"):
        stored(tmp_path / "both", reference="3")


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("empty", b"", "cannot be read as an image"),
        ("text", b"not an image at all" * 100, "cannot be read as an image"),
        ("zipped", b"\x1f\x8b\x08\x00rest", "gunzip"),
    ],
)
def test_a_file_that_is_no_image_is_one_clear_error(tmp_path: Path, name: str, data: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(ImageInvalid, match=message):
        stored(tmp_path / name)
    with pytest.raises(ImageInvalid, match="cannot be read as an image"):
        stored(tmp_path / "missing.tar")
    with pytest.raises(ImageInvalid, match="neither an OCI layout nor"):
        stored(tmp_path)


@pytest.mark.parametrize(
    "index",
    ["[]", "{}", '{"manifests": [1]}', '{"manifests": [{}]}', '{"manifests": {"a": 1}}', "\xff", "[" * 10_000],
)
def test_a_layout_with_a_nonsensical_index_is_one_clear_error(tmp_path: Path, layers: list[Layer], index: str) -> None:
    (tmp_path / "layout" / "index.json").write_bytes(index.encode("latin-1"))
    with pytest.raises(ImageInvalid):
        stored(tmp_path / "layout")


def test_a_descriptor_that_leads_out_of_the_layout_is_refused(tmp_path: Path, layers: list[Layer]) -> None:
    (tmp_path / "secret").write_bytes(b"{}")
    for digest in ("sha256:../../../secret", "../..:secret", "sha256:"):
        entry = Descriptor(media_type=MANIFEST, digest=digest, size_bytes=2)
        (tmp_path / "layout" / "index.json").write_bytes(index_bytes(Index(manifests=(entry,))))
        with pytest.raises(ImageInvalid, match="is missing"):
            stored(tmp_path / "layout")
