from __future__ import annotations

import contextlib
import gzip
import io
import os
import random
import shutil
import stat
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from jettison.errors import ImageInvalid
from jettison.oci import Compression, Entry, entries, stored, tree, unpacked
from jettison.oci.layout import blob_path
from jettison.records import finished
from tests.oci.trees import NAMES, image_of, listing, random_tree, umoci_unpacked


@pytest.mark.parametrize("seed", range(5))
def test_a_random_tree_comes_back_from_our_unpacking_and_from_umocis(tmp_path: Path, seed: int) -> None:
    random_tree(tmp_path / "tree", seed)
    image_of(tmp_path / "layout", [tree(tmp_path / "tree")])
    finished(unpacked(stored(tmp_path / "layout"), tmp_path / "ours"))
    assert listing(tmp_path / "ours") == listing(tmp_path / "tree")
    assert listing(umoci_unpacked(tmp_path / "layout", tmp_path / "umoci")) == listing(tmp_path / "tree")


@pytest.mark.parametrize("seed", range(12))
def test_a_random_stack_with_whiteouts_is_laid_together_as_umoci_does(tmp_path: Path, seed: int) -> None:
    dice = random.Random(1000 + seed)
    stack = [random_layer(dice, lowest=position == 0) for position in range(4)]
    image_of(tmp_path / "layout", stack)
    finished(unpacked(stored(tmp_path / "layout"), tmp_path / "ours"))
    assert listing(tmp_path / "ours") == listing(umoci_unpacked(tmp_path / "layout", tmp_path / "umoci"))


def random_layer(dice: random.Random, *, lowest: bool) -> list[Entry]:
    names = [b"a", b"b", b"c", b"with space", NAMES[7]]
    found: dict[bytes, Entry] = {}
    folders: set[bytes] = set()
    for _ in range(14):
        parts = [dice.choice(names) for _ in range(dice.randint(1, 3))]
        above = [b"/".join(parts[:depth]) for depth in range(1, len(parts))]
        name = b"/".join(parts)
        if (
            name in found
            or name in folders
            or any(parent in found and found[parent].kind != "folder" for parent in above)
        ):
            continue
        kind = dice.choice(["file", "file", "folder", "symlink", "whiteout", "opaque"])
        if kind == "whiteout" and not lowest:
            entry = entries.file(b"/".join([*parts[:-1], b".wh." + parts[-1]]), b"")
        elif kind == "opaque" and not lowest:
            folders.add(name)
            entry = entries.file(name + b"/.wh..wh..opq", b"")
        elif kind == "symlink":
            entry = entries.symlink(name, dice.choice([b"a", b"nowhere", b"/a/b"]))
        elif kind == "folder":
            entry = entries.folder(name)
        else:
            entry = entries.file(name, dice.randbytes(20), executable=dice.random() < 0.3)
        found.setdefault(entry.name, entry)
        folders.update(above)
    return list(found.values())


def test_a_later_layer_replaces_hides_and_keeps_by_the_rules(tmp_path: Path) -> None:
    below = [
        entries.file("gone/file", b"1"),
        entries.file("opaque/old", b"2"),
        entries.file("kept/file", b"3"),
        entries.file("turned/into-file", b"4"),
        entries.file("single", b"5"),
    ]
    above = [
        entries.file(".wh.gone", b""),
        entries.file("opaque/.wh..wh..opq", b""),
        entries.file("opaque/new", b"6"),
        entries.file("turned", b"7"),
        entries.file("single/now-a-folder", b"8"),
        entries.file(".wh.never-was", b""),
    ]
    image_of(tmp_path / "layout", [below, above])
    finished(unpacked(stored(tmp_path / "layout"), tmp_path / "root"))
    files = {name: what[2] for name, what in listing(tmp_path / "root").items() if what[0] == "file"}
    assert files == {b"opaque/new": b"6", b"kept/file": b"3", b"turned": b"7", b"single/now-a-folder": b"8"}


def test_a_folder_that_forbids_writing_can_still_be_added_to(tmp_path: Path) -> None:
    def closed_folder(tar: tarfile.TarFile) -> None:
        member = tarfile.TarInfo("closed")
        member.type, member.mode = tarfile.DIRTYPE, 0o555
        tar.addfile(member)

    handmade(tmp_path / "layout", closed_folder, [entries.symlink("later", "closed"), entries.file("x", b"1")])
    finished(unpacked(stored(tmp_path / "layout"), tmp_path / "root"))
    assert stat.S_IMODE((tmp_path / "root" / "closed").stat().st_mode) == 0o555
    (tmp_path / "root" / "closed").chmod(0o755)


def handmade(layout: Path, fill: Callable[[tarfile.TarFile], None], later: list[Entry] | None = None) -> None:
    """An image whose first layer is written by Python's tarfile, with whatever `fill` puts into it."""
    image_of(layout, [[entries.file("placeholder", b"")], *([later] if later else [])], Compression(kind="none"))
    image = stored(layout)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        fill(tar)
    # The layer's name stays that of the placeholder: unpacking reads bytes, validating is another matter.
    blob_path(layout, image.manifest.layers[0].digest).write_bytes(gzip.compress(buffer.getvalue()))


Member = tuple[str, bytes, str]
"""Name, kind, and what a link leads to; ``{outside}`` stands for a folder beside the root."""


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> Member:
    return name, kind, link


@pytest.mark.parametrize(
    "attack",
    [
        [member("../escaped")],
        [member("/../escaped")],
        [member("a/../../escaped")],
        [member("link", tarfile.SYMTYPE, "../"), member("link/escaped")],
        [member("link", tarfile.SYMTYPE, "/"), member("link/escaped")],
        [member("link", tarfile.SYMTYPE, "{outside}"), member("link/escaped")],
        [member("one", tarfile.SYMTYPE, ".."), member("two", tarfile.SYMTYPE, "one/.."), member("two/escaped")],
        [member("stolen", tarfile.LNKTYPE, "../secret")],
        [member("stolen", tarfile.LNKTYPE, "{outside}/secret")],
        [member("link", tarfile.SYMTYPE, ".."), member("stolen", tarfile.LNKTYPE, "link/secret")],
        [member("link", tarfile.SYMTYPE, "../secret"), member("link")],
        [member("link", tarfile.SYMTYPE, ".."), member("link/.wh.secret")],
        [member("link", tarfile.SYMTYPE, ".."), member("link/.wh..wh..opq")],
        [member("d", tarfile.DIRTYPE), member("d/e", tarfile.DIRTYPE), member("d", tarfile.SYMTYPE, "{outside}")],
        [member("loop", tarfile.SYMTYPE, "loop"), member("loop/escaped")],
    ],
)
def test_nothing_is_written_read_or_removed_outside_the_folder(tmp_path: Path, attack: list[Member]) -> None:
    outside = tmp_path / "outside"
    outside.mkdir(mode=0o750)
    outside.chmod(0o750)
    (outside / "secret").write_bytes(b"kept")
    (outside / "e").mkdir(mode=0o700)

    def fill(tar: tarfile.TarFile) -> None:
        for name, kind, link in attack:
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, link.replace("{outside}", str(outside))
            info.size = 4 if kind == tarfile.REGTYPE else 0
            tar.addfile(info, io.BytesIO(b"evil"))

    handmade(tmp_path / "layout", fill)
    before = listing(outside)
    root = outside / "inner"
    with contextlib.suppress(ImageInvalid):
        finished(unpacked(stored(tmp_path / "layout"), root))
    evidence = root / "stolen"
    assert not evidence.exists() or evidence.read_bytes() != b"kept"
    shutil.rmtree(root)
    assert listing(outside) == before
    assert stat.S_IMODE(outside.stat().st_mode) == 0o750
    assert not list(tmp_path.glob("escaped"))
    assert not os.path.lexists("/escaped")


def test_a_damaged_layer_is_one_clear_error(tmp_path: Path) -> None:
    random_tree(tmp_path / "tree", 9)
    [layer] = image_of(tmp_path / "layout", [tree(tmp_path / "tree")])
    path = blob_path(tmp_path / "layout", layer.digest)
    whole = path.read_bytes()
    for broken in (whole[: len(whole) // 2], whole[:200] + b"\0" * 50 + whole[250:], b"\x1f\x8b garbage"):
        path.write_bytes(broken)
        with pytest.raises(ImageInvalid, match="damaged"):
            finished(unpacked(stored(tmp_path / "layout"), tmp_path / "out"))
        shutil.rmtree(tmp_path / "out", ignore_errors=True)


def test_a_name_that_no_disk_can_hold_is_the_layers_fault(tmp_path: Path) -> None:
    def fill(tar: tarfile.TarFile) -> None:
        tar.addfile(tarfile.TarInfo("x" * 300))

    handmade(tmp_path / "layout", fill)
    with pytest.raises(ImageInvalid, match="damaged"):
        finished(unpacked(stored(tmp_path / "layout"), tmp_path / "root"))
