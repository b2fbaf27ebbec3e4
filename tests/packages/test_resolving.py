from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from jettison.errors import IndexUnreachable, Unresolvable
from jettison.packages.index import IndexSettings
from jettison.packages.resolution import Resolution
from jettison.packages.resolve import resolved
from jettison.records import finished
from jettison.workspace import Workspace
from tests.packages import made_packages
from tests.packages.index_server import IndexServer, serving


@dataclass
class Shop:
    """An index on this machine that is the only one, and a cache."""

    index: IndexServer
    workspace: Workspace
    settings: IndexSettings = field(default_factory=IndexSettings)

    def add(self, name: str, version: str = "1.0", *requires: str, tag: str = "py3-none-any") -> None:
        made_packages.wheel(self.index.folder, name, version, requires=requires, tag=tag)

    def resolved(self, *lines: str, python: str = "3.11", **more: object) -> Resolution:
        arguments = {"platform": "x86_64-manylinux_2_36", "settings": self.settings, "workspace": self.workspace}
        return finished(resolved(lines, python=python, **(arguments | more)))  # type: ignore[arg-type]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    (tmp_path / "files").mkdir()
    with serving(IndexServer(folder=tmp_path / "files")) as index:
        settings = IndexSettings(index_url=index.url, timeout_seconds=5)
        yield Shop(index=index, workspace=Workspace(root=tmp_path / "cache"), settings=settings)


def versions(resolution: Resolution) -> dict[str, str]:
    return {wheel.name: wheel.version for wheel in resolution.wheels}


def test_everything_that_is_required_comes_with_who_requires_it(shop: Shop) -> None:
    shop.add("app", "1.0", "middle", "leaf")
    shop.add("middle", "1.0", "leaf>=2")
    shop.add("leaf", "2.0")
    shop.add("leaf", "3.0")
    found = shop.resolved("app", "middle")
    assert versions(found) == {"app": "1.0", "leaf": "3.0", "middle": "1.0"}
    leaf = found.wheel("Leaf")
    assert leaf is not None
    assert leaf.required_by == ("app", "middle")
    assert leaf.sha256
    assert leaf.size_bytes == (shop.index.folder / leaf.filename).stat().st_size
    middle = found.wheel("middle")
    assert middle is not None
    assert middle.required_by == (), "what the requirements name themselves is required by nobody else"
    assert "127.0.0.1" not in repr(found)


def test_the_best_wheel_of_the_target_is_taken_not_of_this_machine(shop: Shop) -> None:
    for tag in ("cp313-cp313-manylinux_2_28_aarch64", "cp313-cp313-manylinux_2_17_aarch64", "py3-none-any"):
        shop.add("fast", tag=tag)
    shop.add("fast", tag="cp311-cp311-manylinux_2_28_x86_64")
    arm = shop.resolved("fast", python="3.13", platform="aarch64-manylinux_2_36").wheels[0]
    assert arm.filename == "fast-1.0-cp313-cp313-manylinux_2_28_aarch64.whl"
    old = shop.resolved("fast", python="3.13", platform="aarch64-manylinux_2_17").wheels[0]
    assert old.filename == "fast-1.0-cp313-cp313-manylinux_2_17_aarch64.whl"
    assert shop.resolved("fast", python="3.9").wheels[0].filename == "fast-1.0-py3-none-any.whl"


def test_markers_are_judged_for_the_target(shop: Shop) -> None:
    shop.add("old")
    shop.add("new")
    lines = ("old ; python_version < '3.10'", "new ; python_version >= '3.10' and platform_machine == 'aarch64'")
    assert versions(shop.resolved(*lines, python="3.9")) == {"old": "1.0"}
    assert versions(shop.resolved(*lines, python="3.12", platform="aarch64-manylinux_2_28")) == {"new": "1.0"}


def test_the_best_match_over_all_indexes_wins_as_with_pip(shop: Shop, tmp_path: Path) -> None:
    shop.add("thing", "1.0")
    other = tmp_path / "wheels"
    made_packages.wheel(other, "thing", "2.0")
    found = shop.resolved("thing", options=[f"--find-links {other}"])
    assert versions(found) == {"thing": "2.0"}
    assert found.wheels[0].local_path == other / "thing-2.0-py3-none-any.whl"
    assert found.wheels[0].size_bytes == (other / "thing-2.0-py3-none-any.whl").stat().st_size


def test_what_an_earlier_layer_holds_is_kept_where_it_fits(shop: Shop) -> None:
    for version in ("1.0", "2.0"):
        shop.add("thing", version)
    shop.add("app", "1.0", "thing")
    assert versions(shop.resolved("app", preferred=["thing==1.0"]))["thing"] == "1.0"
    assert versions(shop.resolved("app", "thing>=2", preferred=["thing==1.0"]))["thing"] == "2.0"
    assert versions(shop.resolved("app", constraints=["thing<2", "unheard-of==1"]))["thing"] == "1.0"
    assert versions(shop.resolved("app", excluded=["thing"])) == {"app": "1.0"}


def test_a_package_that_exists_only_as_source_is_looked_into_but_never_run(shop: Shop, tmp_path: Path) -> None:
    trap = tmp_path / "executed"
    setup = f"open({str(trap)!r}, 'w').write('executed')\nfrom setuptools import setup\nsetup()\n"
    made_packages.source(shop.index.folder, "rough", requires=["leaf", "nothing ; extra == 'more'"], setup=setup)
    made_packages.source(shop.index.folder, "deeper", requires=["rough"], setup=setup)
    shop.add("leaf")
    found = shop.resolved("deeper")
    assert versions(found) == {"deeper": "1.0", "leaf": "1.0", "rough": "1.0"}
    rough = found.wheel("rough")
    assert rough is not None
    assert not rough.is_wheel
    assert any("rough 1.0 exists only as source" in note for note in found.notes)
    assert not trap.exists()


def test_a_damaged_source_distribution_is_named(shop: Shop) -> None:
    (shop.index.folder / "rough-1.0.tar.gz").write_bytes(b"not an archive")
    with pytest.raises(Unresolvable, match=r"rough-1\.0\.tar\.gz"):
        shop.resolved("rough")


def test_requirements_that_contradict_each_other_are_explained(shop: Shop) -> None:
    shop.add("app", "1.0", "leaf<2")
    shop.add("leaf", "1.0")
    shop.add("leaf", "2.0")
    with pytest.raises(Unresolvable, match="leaf") as problem:
        shop.resolved("app", "leaf>=2")
    assert "\n\n" not in str(problem.value)
    with pytest.raises(Unresolvable, match="nowhere"):
        shop.resolved("nowhere")
    with pytest.raises(Unresolvable, match=r"3\.x"):
        shop.resolved("app", python="3.x")


def test_an_index_that_is_down_or_refuses_is_told_apart_from_requirements_that_do_not_fit(shop: Shop) -> None:
    shop.settings = IndexSettings(index_url="http://127.0.0.1:9/simple", timeout_seconds=1)
    with pytest.raises(IndexUnreachable):
        shop.resolved("app")
    shop.index.login = "user:pass-word"
    shop.settings = IndexSettings(index_url=shop.index.url, timeout_seconds=5)
    with pytest.raises((IndexUnreachable, Unresolvable)):
        shop.resolved("app")


def test_the_same_question_gives_the_same_answer_for_a_day(shop: Shop) -> None:
    shop.add("thing", "1.0")
    first = shop.resolved("thing")
    shop.add("thing", "2.0")
    assert shop.resolved("thing") == first
    for kept in (shop.workspace.root / "resolutions").glob("*.json"):
        os.utime(kept, (time.time() - 100_000, time.time() - 100_000))
    uv = shop.workspace.root / "uv"
    uv.rename(uv.with_name("uv-of-yesterday"))
    assert versions(shop.resolved("thing")) == {"thing": "2.0"}


def test_nothing_to_resolve_is_an_empty_set(shop: Shop) -> None:
    found = shop.resolved("# nothing", "-e .")
    assert found.wheels == ()
    assert len(found.notes) == 1


def test_local_versions_for_the_cpu_are_preferred_where_they_are_offered(shop: Shop, tmp_path: Path) -> None:
    linux = "cp311-cp311-manylinux_2_28_x86_64"
    shop.add("torch", "2.9", "nvidia-everything", tag=linux)
    shop.add("nvidia-everything")
    for version, torch in (("0.24", "2.9"), ("0.23", "2.8")):
        shop.add("torchvision", version, f"torch=={torch}", tag=linux)
    folder = tmp_path / "wheels"
    made_packages.wheel(folder, "torch", "2.8+cpu", tag=linux)
    made_packages.wheel(folder, "torch", "2.7+cpu", tag=linux)
    made_packages.wheel(folder, "torch", "2.8.1+cpu", tag="cp312-cp312-manylinux_2_28_x86_64")
    made_packages.wheel(folder, "torchvision", "0.23+cpu", requires=["torch==2.8"], tag=linux)
    shop.settings = IndexSettings(index_url=shop.index.url, find_links=(str(folder),), timeout_seconds=5)
    assert "nvidia-everything" in versions(shop.resolved("torch"))
    found = shop.resolved("torch", "torchvision", cpu_torch=True)
    assert versions(found) == {"torch": "2.8+cpu", "torchvision": "0.23+cpu"}
    assert versions(shop.resolved("torch==2.7", cpu_torch=True)) == {"torch": "2.7+cpu"}
    assert versions(shop.resolved("nvidia-everything", cpu_torch=True)) == {"nvidia-everything": "1.0"}


def test_where_no_build_for_the_cpu_can_be_found_a_note_says_so(tmp_path: Path) -> None:
    page = tmp_path / "simple" / "torch"
    path = made_packages.wheel(tmp_path / "files", "torch", "2.9", tag="cp311-cp311-manylinux_2_28_x86_64")
    page.mkdir(parents=True)
    (page / "index.html").write_text(f'<a href="{path.as_uri()}">{path.name}</a>')
    nowhere = "http://127.0.0.1:9"
    settings = IndexSettings(index_url=(tmp_path / "simple").as_uri(), proxy=nowhere, timeout_seconds=1)
    shop = Shop(index=IndexServer(folder=tmp_path), workspace=Workspace(root=tmp_path / "cache"), settings=settings)
    found = shop.resolved("torch", cpu_torch=True)
    assert versions(found) == {"torch": "2.9"}
    assert any("no CPU build of torch" in note for note in found.notes)
