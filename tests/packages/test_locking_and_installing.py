from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from jettison.errors import OutputRefused, Unresolvable, Untrusted
from jettison.packages.index import IndexSettings
from jettison.packages.install import installed
from jettison.packages.lock import lock_text
from jettison.packages.resolution import Resolution
from jettison.packages.resolve import resolved
from jettison.packages.wheels import contents, local_wheel
from jettison.records import finished
from jettison.workspace import Workspace, tree_digest
from tests.packages import made_packages
from tests.packages.index_server import IndexServer, serving

LINUX = "x86_64-manylinux_2_36"


@pytest.fixture
def index(tmp_path: Path) -> Iterator[IndexServer]:
    folder = tmp_path / "files"
    made_packages.wheel(folder, "app", requires=["leaf"], scripts=["app-run"])
    leaf = {"leaf/__init__.py": b"x = 1\n", "leaf-1.0.data/scripts/leaf": b"#!python\n"}
    made_packages.wheel(folder, "leaf", files=leaf)
    with serving(IndexServer(folder=folder)) as server:
        yield server


def settings(index: IndexServer) -> IndexSettings:
    return IndexSettings(index_url=index.url, timeout_seconds=5)


def resolution(index: IndexServer, workspace: Workspace, *lines: str, python: str = "3.11") -> Resolution:
    return finished(resolved(lines, python=python, platform=LINUX, settings=settings(index), workspace=workspace))


def put(lock: str, into: Path, index: IndexServer, workspace: Workspace, *local: Path) -> Path:
    finished(
        installed(
            lock,
            into,
            python="3.11",
            platform=LINUX,
            settings=settings(index),
            workspace=workspace,
            local_wheels=local,
            interpreter="/usr/bin/python3.11",
        )
    )
    return into


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(root=tmp_path / "cache")


def test_a_lock_names_versions_and_digests_and_no_address(index: IndexServer, workspace: Workspace) -> None:
    lock = lock_text(resolution(index, workspace, "app"))
    assert lock == lock_text(resolution(index, workspace, "leaf", "app"))
    assert lock.count("--hash=sha256:") == 2
    assert "app==1.0 \\\n" in lock
    assert "http" not in lock
    assert str(index.port) not in lock


def test_what_exists_only_as_source_cannot_be_locked(index: IndexServer, workspace: Workspace) -> None:
    made_packages.source(index.folder, "rough")
    with pytest.raises(Unresolvable, match=r"rough 1\.0 exists only as source"):
        lock_text(resolution(index, workspace, "rough"))


def test_an_installation_is_the_same_whatever_the_cache_the_umask_and_the_folder(
    index: IndexServer, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = lock_text(resolution(index, workspace, "app"))
    one = put(lock, tmp_path / "one", index, workspace)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    before = os.umask(0o077)
    try:
        two = put(lock, tmp_path / "deep" / "two", index, Workspace(root=tmp_path / "other cache"))
    finally:
        os.umask(before)
    again = put(lock, tmp_path / "again", index, workspace)
    assert tree_digest(one) == tree_digest(two) == tree_digest(again)


def test_an_installation_tells_nothing_of_this_machine(
    index: IndexServer, workspace: Workspace, tmp_path: Path
) -> None:
    made = put(lock_text(resolution(index, workspace, "app")), tmp_path / "made", index, workspace)
    files = [path for path in made.rglob("*") if path.is_file()]
    assert not [path for path in files if path.suffix == ".pyc" or path.name in ("direct_url.json", ".lock")]
    assert not [path for path in files if str(tmp_path).encode() in path.read_bytes()]
    for script in ("app-run", "leaf"):
        assert (made / "bin" / script).read_text().startswith("#!/usr/bin/python3.11\n")
        assert (made / "bin" / script).stat().st_mode & 0o100
    record = (made / "app-1.0.dist-info" / "RECORD").read_text()
    size = (made / "bin" / "app-run").stat().st_size
    assert any(line.startswith("bin/app-run,") and line.endswith(f",{size}") for line in record.splitlines())
    named = {line.split(",")[0] for line in record.splitlines()}
    assert named == {str(path.relative_to(made)) for path in files if "leaf" not in str(path.relative_to(made))}


def test_the_weighed_bytes_are_the_installed_bytes(index: IndexServer, workspace: Workspace, tmp_path: Path) -> None:
    found = resolution(index, workspace, "app")
    weighed = finished(contents(found.wheels, settings=settings(index), workspace=workspace))
    made = put(lock_text(found), tmp_path / "made", index, workspace)
    on_disk = {str(path.relative_to(made)): path.stat().st_size for path in made.rglob("*") if path.is_file()}
    listed = dict(entry for one in weighed for entry in one.files)
    unequal = {path for path in on_disk.keys() | listed.keys() if on_disk.get(path) != listed.get(path)}
    assert all("dist-info" in path or path.startswith("bin/") for path in unequal)
    assert abs(sum(on_disk.values()) - sum(listed.values())) < 500


def test_a_wheel_of_our_own_can_be_part_of_the_lock(index: IndexServer, workspace: Workspace, tmp_path: Path) -> None:
    own = made_packages.wheel(tmp_path / "own", "ours", "0.1", requires=["leaf"])
    found = resolution(index, workspace, "leaf")
    lock = lock_text(found, local_wheels=[local_wheel(own)])
    made = put(lock, tmp_path / "made", index, workspace, own)
    moved = tmp_path / "moved" / own.name
    moved.parent.mkdir()
    shutil.copy(own, moved)
    again = put(lock, tmp_path / "again", index, Workspace(root=tmp_path / "new"), moved)
    assert (made / "ours" / "__init__.py").is_file()
    assert tree_digest(made) == tree_digest(again)


def test_a_file_that_was_exchanged_is_refused(index: IndexServer, workspace: Workspace, tmp_path: Path) -> None:
    lock = lock_text(resolution(index, workspace, "app"))
    made_packages.wheel(index.folder, "leaf", files={"leaf/__init__.py": b"x = 'evil'\n"})
    with pytest.raises((Untrusted, Unresolvable)):
        put(lock, tmp_path / "made", index, Workspace(root=tmp_path / "new"))


def test_a_folder_that_holds_something_is_left_alone(index: IndexServer, workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "mine.txt").write_text("keep")
    with pytest.raises(OutputRefused):
        put("", tmp_path / "made", index, workspace)
    assert [path.name for path in (tmp_path / "made").iterdir()] == ["mine.txt"]
