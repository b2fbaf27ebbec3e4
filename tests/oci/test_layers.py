from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import tarfile
from pathlib import Path

import pytest

from jettison.errors import ImageInvalid, SettingsInvalid
from jettison.oci import Compression, Entry, create, entries, tree, written
from jettison.oci.tar import header
from jettison.records import Layer, finished
from tests.oci.trees import listing, random_tree


def layer_of(layout: Path, found: list[Entry], compression: Compression | None = None) -> tuple[Layer, bytes]:
    create(layout)
    layer = finished(written(found, layout, name="test", compression=compression))
    return layer, (layout / "blobs" / layer.digest.replace(":", "/")).read_bytes()


def test_both_digests_and_both_sizes_are_those_of_the_bytes(tmp_path: Path) -> None:
    random_tree(tmp_path / "tree", 1)
    layer, blob = layer_of(tmp_path / "layout", list(tree(tmp_path / "tree")))
    plain = gzip.decompress(blob)
    assert layer.digest == "sha256:" + hashlib.sha256(blob).hexdigest()
    assert layer.diff_id == "sha256:" + hashlib.sha256(plain).hexdigest()
    assert (layer.compressed_bytes, layer.unpacked_bytes) == (len(blob), len(plain))


def test_a_copy_with_other_times_umask_and_creation_order_gives_the_same_bytes(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "elsewhere" / "other"
    random_tree(one, 2)
    shutil.copytree(one, other, symlinks=True)
    restored: dict[tuple[object, ...], Path] = {}
    for path in sorted(one.rglob("*"), reverse=True):
        twin = other / path.relative_to(one)
        if path.is_symlink():
            continue
        if path.is_dir():
            twin.chmod(0o700)
        else:
            # copytree breaks hard links up: join them again, in another order.
            key = (path.stat().st_ino,)
            if key in restored:
                twin.unlink()
                os.link(restored[key], twin)
            restored[key] = twin
            twin.chmod(0o700 if twin.stat().st_mode & 0o100 else 0o600)
        os.utime(twin, (1_234_567_890.5, 987_654_321.25))
    assert layer_of(tmp_path / "a", list(tree(one))) == layer_of(tmp_path / "b", list(tree(other))[::-1])


def test_an_independent_reader_finds_what_was_packed(tmp_path: Path) -> None:
    random_tree(tmp_path / "tree", 3)
    _, blob = layer_of(tmp_path / "layout", list(tree(tmp_path / "tree", "opt/app")))
    (tmp_path / "plain.tar").write_bytes(gzip.decompress(blob))
    (tmp_path / "out").mkdir()
    with tarfile.open(tmp_path / "plain.tar") as tar:
        names = [os.fsencode(name) for name in tar.getnames()]
        assert names == sorted(names)
        assert {(m.uid, m.gid, m.uname, m.gname, m.mtime) for m in tar} == {(0, 0, "", "", 0)}
        tar.extractall(tmp_path / "out", filter="fully_trusted")
    assert listing(tmp_path / "out" / "opt" / "app") == listing(tmp_path / "tree")


def test_parents_stand_once_before_their_children_and_everybody_may_write_only_to_tmp(tmp_path: Path) -> None:
    found = [entries.file("var/tmp/x", b"1"), entries.file("tmp/y", b"2"), entries.folder("var/log")]
    _, blob = layer_of(tmp_path / "layout", found, Compression(kind="none"))
    (tmp_path / "plain.tar").write_bytes(blob)
    with tarfile.open(tmp_path / "plain.tar") as tar:
        assert [(m.name, oct(m.mode)) for m in tar] == [
            ("tmp", "0o1777"),
            ("tmp/y", "0o644"),
            ("var", "0o755"),
            ("var/log", "0o755"),
            ("var/tmp", "0o1777"),
            ("var/tmp/x", "0o644"),
        ]


def test_a_header_is_what_the_format_asks_for_byte_by_byte() -> None:
    block = header(entries.file("bin/run", b"#!" * 300, executable=True), epoch=1_000_000_000)
    assert len(block) == 512
    assert block[:8] == b"bin/run\0"
    assert block[100:108] == b"0000755\0"
    assert block[108:124] == b"0000000\0" * 2
    assert block[124:136] == b"00000001130\0"  # 600
    assert block[136:148] == b"07346545000\0"  # 10**9
    assert block[156:157] == b"0"
    assert block[257:265] == b"ustar  \0"
    assert int(block[148:154], 8) == sum(block[:148]) + 8 * 32 + sum(block[156:])


def test_a_file_beyond_8_gib_has_its_size_in_base_256() -> None:
    size = 8**11 + 5
    block = header(Entry(name=b"weights", kind="file", mode=0o644, size_bytes=size), epoch=0)
    assert tarfile.TarInfo.frombuf(block, "utf-8", "strict").size == size
    edge = header(Entry(name=b"weights", kind="file", mode=0o644, size_bytes=8**11 - 1), epoch=0)
    assert edge[124:136] == b"77777777777\0"


def test_the_gzip_header_names_no_file_no_time_and_no_system(tmp_path: Path) -> None:
    _, blob = layer_of(tmp_path / "layout", [entries.file("a", b"1")])
    assert blob[:4] == b"\x1f\x8b\x08\x00"
    assert blob[4:8] == bytes(4)
    assert blob[9] == 255


def test_zstd_and_no_compression_hold_the_same_plain_bytes(tmp_path: Path) -> None:
    random_tree(tmp_path / "tree", 4)
    found = list(tree(tmp_path / "tree"))
    kinds = [Compression(), Compression(kind="zstd", level=19), Compression(kind="none")]
    layers = [layer_of(tmp_path / "layout", found, kind)[0] for kind in kinds]
    assert len({layer.diff_id for layer in layers}) == 1
    assert [layer.media_type.rpartition(".")[2] for layer in layers] == ["tar+gzip", "tar+zstd", "tar"]
    assert layers[2].compressed_bytes == layers[2].unpacked_bytes


def test_times_come_from_source_date_epoch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    _, blob = layer_of(tmp_path / "layout", [entries.file("a", b"1")], Compression(kind="none"))
    assert int(blob[136:147], 8) == 1_700_000_000
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    with pytest.raises(SettingsInvalid, match="yesterday"):
        layer_of(tmp_path / "layout", [entries.file("a", b"1")])


def test_a_link_to_a_file_outside_the_folder_is_no_hard_link(tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    (tmp_path / "outside").write_bytes(b"shared")
    os.link(tmp_path / "outside", tmp_path / "tree" / "inside")
    _, blob = layer_of(tmp_path / "layout", list(tree(tmp_path / "tree")), Compression(kind="none"))
    assert blob[156:157] == b"0"
    assert blob[512:518] == b"shared"


@pytest.mark.parametrize(
    ("found", "message"),
    [
        ([entries.file("a", b"1"), entries.file("a", b"2")], "stands twice"),
        ([entries.file("a", b"1"), entries.file("a/b", b"2")], "no folder"),
        ([entries.symlink("a", "b"), entries.folder("a")], "stands twice"),
        ([entries.file("../a", b"1")], "no name inside an image"),
        ([entries.file("/a", b"1")], "no name inside an image"),
        ([entries.file("", b"1")], "no name inside an image"),
    ],
)
def test_entries_that_cannot_lie_in_one_layer_are_refused(tmp_path: Path, found: list[Entry], message: str) -> None:
    with pytest.raises(ImageInvalid, match=message):
        layer_of(tmp_path / "layout", found)
    assert list((tmp_path / "layout" / "blobs" / "sha256").iterdir()) == []


def test_pipes_and_names_of_whiteouts_in_a_folder_are_refused(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    os.mkfifo(tmp_path / "one" / "pipe")
    with pytest.raises(ImageInvalid, match="neither a file nor a folder"):
        list(tree(tmp_path / "one"))
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / ".wh.secret").touch()
    with pytest.raises(ImageInvalid, match="removed file"):
        list(tree(tmp_path / "two"))


def test_a_file_that_changes_its_size_meanwhile_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "log").write_bytes(b"1234")
    found = list(tree(tmp_path / "tree"))
    for later in (b"12345", b"123"):
        (tmp_path / "tree" / "log").write_bytes(later)
        with pytest.raises(ImageInvalid, match="changed its size"):
            layer_of(tmp_path / "layout", found)
