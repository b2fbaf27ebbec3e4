from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest

from jettison.errors import IndexUnreachable, Untrusted
from jettison.packages.index import IndexSettings
from jettison.packages.resolution import Wheel
from jettison.packages.wheels import WheelContents, contents, local_wheel
from jettison.records import finished
from jettison.workspace import Workspace, file_digest
from tests.packages import made_packages
from tests.packages.index_server import IndexServer, serving

BULK = 3_000_000


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(root=tmp_path / "cache")


@pytest.fixture
def index(tmp_path: Path) -> Iterator[IndexServer]:
    (tmp_path / "files").mkdir()
    with serving(IndexServer(folder=tmp_path / "files")) as server:
        yield server


def big_wheel(folder: Path) -> Path:
    """Three megabytes that do not compress, and a little code."""
    return made_packages.wheel(
        folder,
        "big",
        files={
            "big/weights.bin": os.urandom(BULK),
            "big/__init__.py": b"x = 1\n" * 10,
            "big/tests/test_it.py": b"pass\n",
            "big/include/big.h": b"int x;\n",
            "big/_core.so": b"\x7fELF" * 5,
            "big-1.0.data/scripts/run-big": b"#!python\n",
            "big-1.0.data/purelib/extra.py": b"y = 2\n",
            "big-1.0.data/data/share/big.txt": b"hello\n",
        },
        scripts=["big-tool"],
    )


def listed(path: Path, index: IndexServer, *, size: bool = True) -> Wheel:
    return Wheel(
        name="big",
        version="1.0",
        filename=path.name,
        size_bytes=path.stat().st_size if size else None,
        sha256=file_digest(path),
        location=f"http://127.0.0.1:{index.port}/files/{quote(path.name)}",
    )


def read(wheel: Wheel, workspace: Workspace, settings: IndexSettings | None = None) -> WheelContents:
    return finished(contents([wheel], settings=settings or IndexSettings(), workspace=workspace))[0]


def test_the_files_are_those_of_an_installation(tmp_path: Path, workspace: Workspace) -> None:
    path = big_wheel(tmp_path)
    found = read(local_wheel(path), workspace)
    sizes = dict(found.files)
    assert sizes["big/weights.bin"] == BULK
    assert sizes["bin/run-big"] == 9
    assert sizes["extra.py"] == 6
    assert sizes["share/big.txt"] == 6
    assert sizes["big-1.0.dist-info/INSTALLER"] == 4
    assert 150 < sizes["bin/big-tool"] < 350
    assert found.unpacked_bytes == sum(sizes.values())
    assert found.python_bytes == 60 + 5 + 6
    assert (found.known, found.fetched_bytes, found.wheel_bytes) == ("weighed", 0, path.stat().st_size)


def test_groups_say_what_the_files_are_for(tmp_path: Path, workspace: Workspace) -> None:
    groups = dict(read(local_wheel(big_wheel(tmp_path)), workspace).groups)
    assert groups["data"] == BULK + 6
    assert (groups["python"], groups["tests"], groups["headers"], groups["libraries"]) == (66, 5, 7, 20)


def test_only_the_end_of_a_large_wheel_is_fetched(index: IndexServer, workspace: Workspace) -> None:
    path = big_wheel(index.folder)
    found = read(listed(path, index), workspace)
    assert found.files == read(local_wheel(path), Workspace(root=workspace.root / "other")).files
    assert found.fetched_bytes == index.sent_bytes < 40_000
    assert len(index.asked) == 1


def test_a_directory_larger_than_the_first_piece_costs_one_more_request(
    index: IndexServer, workspace: Workspace
) -> None:
    path = index.folder / "many-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(70_000):  # more than the older zip format can count
            archive.writestr(f"many/{number}.py", b"")
        archive.writestr("many/data.bin", os.urandom(BULK))
    found = read(listed(path, index), workspace)
    assert len(found.files) == 70_001
    assert found.unpacked_bytes == BULK
    assert len(index.asked) <= 3
    assert index.sent_bytes < path.stat().st_size - BULK + 50_000


@pytest.mark.parametrize("listed_bytes", [None, 17, 10**9])
def test_a_size_that_is_missing_or_wrong_in_the_listing_does_no_harm(
    index: IndexServer, workspace: Workspace, listed_bytes: int | None
) -> None:
    path = big_wheel(index.folder)
    wheel = replace(listed(path, index), size_bytes=listed_bytes)
    if listed_bytes == 10**9:
        with pytest.raises(IndexUnreachable, match="416"):
            read(wheel, workspace)
    else:
        assert read(wheel, workspace).wheel_bytes == path.stat().st_size


def test_without_ranges_a_large_wheel_is_estimated_and_says_so(index: IndexServer, workspace: Workspace) -> None:
    index.ranges = False
    path = big_wheel(index.folder)
    found = read(listed(path, index), workspace)
    assert found.known == "table"
    assert found.unpacked_bytes == round(path.stat().st_size * 3.0)
    assert "no byte ranges" in found.source
    assert "measured 2026" in found.source
    index.ranges = True
    assert read(listed(path, index), workspace).known == "weighed", "an estimate must not be kept"


def test_without_ranges_a_small_wheel_is_read_whole(index: IndexServer, workspace: Workspace) -> None:
    index.ranges = False
    path = made_packages.wheel(index.folder, "big")
    found = read(listed(path, index), workspace)
    assert found.known == "weighed"
    assert dict(found.files)["big/__init__.py"] == len("name = 'big'\n")


def test_a_busy_server_is_asked_again(index: IndexServer, workspace: Workspace) -> None:
    index.busy = 2
    assert read(listed(big_wheel(index.folder), index), workspace).known == "weighed"
    assert len(index.asked) == 3


def test_a_server_that_stays_busy_is_an_error(index: IndexServer, workspace: Workspace) -> None:
    index.busy = 99
    with pytest.raises(IndexUnreachable, match="503"):
        read(listed(big_wheel(index.folder), index), workspace)


def test_credentials_come_from_the_index_address_or_from_netrc(
    index: IndexServer, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.login = "user:pass-word"
    wheel = listed(big_wheel(index.folder), index)
    with pytest.raises(IndexUnreachable, match="401") as refused:
        read(wheel, workspace)
    assert "netrc" in refused.value.next_step
    assert read(wheel, workspace, IndexSettings(index_url=index.url_with_login)).known == "weighed"
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login user password pass-word\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    other = Workspace(root=tmp_path / "other")
    assert read(wheel, other).known == "weighed"


def test_what_was_read_once_is_not_asked_again(index: IndexServer, workspace: Workspace) -> None:
    wheel = listed(big_wheel(index.folder), index)
    first = read(wheel, workspace)
    again = read(wheel, workspace)
    assert again.files == first.files
    assert again.fetched_bytes == 0
    assert len(index.asked) == 1


def test_a_missing_file_and_a_dead_server_are_clear_errors(index: IndexServer, workspace: Workspace) -> None:
    path = big_wheel(index.folder)
    gone = replace(listed(path, index), location=f"http://127.0.0.1:{index.port}/files/gone.whl")
    with pytest.raises(IndexUnreachable, match="404"):
        read(gone, workspace)
    with pytest.raises(IndexUnreachable, match="Connect"):
        read(replace(gone, location="http://127.0.0.1:9/x.whl"), workspace, IndexSettings(timeout_seconds=1))


@pytest.mark.parametrize("damage", ["cut", "text", "empty"])
def test_a_file_that_is_no_wheel_is_named(index: IndexServer, workspace: Workspace, damage: str) -> None:
    path = big_wheel(index.folder)
    data = {"cut": path.read_bytes()[:-200], "text": b"<html>" * 20_000, "empty": b""}[damage]
    path.write_bytes(data)
    if data:
        with pytest.raises(Untrusted, match=r"big-1\.0"):
            read(listed(path, index), workspace)
    with pytest.raises(Untrusted, match=r"big-1\.0"):
        read(local_wheel(path), workspace)


def test_many_wheels_keep_their_order(index: IndexServer, workspace: Workspace) -> None:
    paths = [made_packages.wheel(index.folder, f"package-{number}") for number in range(20)]
    wheels = [replace(listed(path, index), name=path.name) for path in paths]
    found = finished(contents(wheels, settings=IndexSettings(), workspace=workspace))
    assert [entry.name for entry in found] == [path.name for path in paths]
