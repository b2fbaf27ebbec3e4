"""What findings claim once the installs were weighed."""

from __future__ import annotations

from pathlib import Path

import pytest

from jettison.lint import Weights, project
from jettison.lint.savings import of_all, of_bases, of_debian, of_distributions, of_lighter, of_table, of_tools
from jettison.pipeline.linting import checked
from jettison.pipeline.weighing import weighed
from jettison.records import Saving, finished
from jettison.workspace import Workspace

FROM = "FROM python:3.11-slim\n"


def saving(size_bytes: int, *about: str) -> Saving:
    return Saving(size_bytes=size_bytes, known="weighed", source="wheels, as their index serves them", about=about)


def test_what_only_a_removed_distribution_asks_for_goes_with_it(tmp_path: Path) -> None:
    weights = Weights(
        distributions={"torch": 1000, "nvidia-cublas": 500, "cuda-toolkit": 50, "sympy": 60, "mpmath": 4, "flask": 2},
        required_by={
            "torch": frozenset(),
            "cuda-toolkit": frozenset({"torch"}),
            "nvidia-cublas": frozenset({"cuda-toolkit"}),
            "sympy": frozenset({"torch", "flask"}),
            "mpmath": frozenset({"sympy"}),
        },
        lighter={"torch": 1400},
    )
    found = project(tmp_path, weights=weights)
    assert of_distributions(found, ["Torch"], "cuda-torch") == saving(1550, "cuda-toolkit", "nvidia-cublas", "torch")
    assert of_distributions(found, ["torch", "flask"], "cuda-torch").size_bytes == 1616
    assert of_distributions(found, ["nvidia-*"], "cuda-torch") == saving(500, "nvidia-cublas")
    assert of_lighter(found, "torch", "cuda-torch") == saving(1400, "torch")
    assert of_distributions(found, ["jax"], "cuda-torch").known == "table"


def test_debian_packages_go_with_what_only_they_need(tmp_path: Path) -> None:
    both = frozenset({"gcc", "git"})
    (tmp_path / "Dockerfile").write_text(f"{FROM}RUN apt-get update && apt-get install -y gcc git\n")
    found = project(
        tmp_path,
        weights=Weights(
            debian={"gcc": (50, frozenset({"gcc"})), "git": (20, frozenset({"git"})), "libgmp10": (5, both)}
        ),
    )
    alone, together = of_debian(found, ["gcc"]), of_debian(found, ["gcc", "git"])
    assert alone is not None
    assert together is not None
    assert (alone.size_bytes, together.size_bytes) == (50, 75)
    assert of_debian(found, ["curl"]) is None


def test_a_debian_package_goes_with_the_last_that_needs_it(tmp_path: Path) -> None:
    shared = {"perl": (50, frozenset({"gcc", "git"})), "git": (20, frozenset({"git"}))}
    (tmp_path / "Dockerfile").write_text(f"{FROM}RUN apt-get update && apt-get install -y gcc git\n")
    both_named = of_debian(project(tmp_path, weights=Weights(debian=shared)), ["git"])
    (tmp_path / "Dockerfile").write_text(f"{FROM}RUN apt-get update && apt-get install -y git\n")
    one_left = of_debian(project(tmp_path, weights=Weights(debian=shared)), ["git"])
    assert both_named is not None
    assert one_left is not None
    assert (both_named.size_bytes, one_left.size_bytes) == (20, 70)


def test_tools_that_go_together_are_weighed_together(tmp_path: Path) -> None:
    weights = Weights(
        distributions={"pytest": 30, "pluggy": 4, "mypy": 90}, required_by={"pluggy": frozenset({"pytest"})}
    )
    assert of_tools(project(tmp_path, weights=weights), ["pytest", "mypy"]) == saving(124, "mypy", "pluggy", "pytest")
    largest = of_tools(project(tmp_path), ["sympy", "no-such-tool"])
    assert largest == of_table("sympy")
    assert of_tools(project(tmp_path), ["no-such-tool"]) is None


def test_several_savings_are_as_sure_as_the_least_sure() -> None:
    lists, wheel = of_table("apt-lists"), saving(7, "flask")
    both = of_all([None, wheel, lists])
    assert both is not None
    assert (both.size_bytes, both.known, both.about) == (lists.size_bytes + 7, "table", ("flask",))
    assert of_all([None]) is None


def test_each_mended_part_of_a_rule_counts_with_its_own_bytes(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("import cv2\nimport flask\nprint(cv2.imread('x.png'))\n")
    (tmp_path / "requirements.txt").write_text("flask\nopencv-python\n")
    (tmp_path / "Dockerfile").write_text(
        f"{FROM}RUN apt-get update && apt-get install --no-install-recommends libgl1 && rm -r /var/lib/apt/lists/*\n"
        "COPY . .\nRUN pip install --no-cache-dir -r requirements.txt\n"
    )
    weights = Weights(lighter={"opencv-python": 40}, debian={"libgl1": (200, frozenset({"libgl1"}))})
    found = checked(tmp_path, only=["W13"], classes=("safe", "verify"), weights=weights)
    assert [each.saving.size_bytes for each in found.applied if each.saving] == [40, 200]


def test_bases_take_the_better_figure(tmp_path: Path) -> None:
    found = project(tmp_path)
    table = of_bases(found, "python:3.11", "python:3.11-slim")
    assert table is not None
    assert table.known == "table"
    assert table.size_bytes > 800_000_000
    known = project(tmp_path, weights=Weights(bases={"python:3.11": 900, "python:3.11-slim": 100}))
    better = of_bases(known, "python:3.11", "python:3.11-slim")
    assert better is not None
    assert (better.size_bytes, better.known) == (800, "weighed")
    assert of_bases(found, "somebody/else", "python:3.11-slim") is None


@pytest.mark.online
def test_a_cache_is_as_large_as_its_downloads(tmp_path: Path, workspace: Workspace) -> None:
    (tmp_path / "Dockerfile").write_text(
        FROM + "COPY r.txt .\nRUN pip install -r r.txt\nRUN pip install itsdangerous\n"
    )
    (tmp_path / "r.txt").write_text("flask\n")
    weights = finished(weighed(tmp_path, workspace))
    found = checked(tmp_path, only=["L01"], weights=weights)
    assert weights.notes == ()
    assert {"flask", "werkzeug", "jinja2"} <= weights.distributions.keys()
    assert weights.required_by["markupsafe"] >= {"jinja2", "werkzeug"}
    sizes = [each.saving.size_bytes for each in found.findings if each.saving and each.saving.known == "weighed"]
    # The second line finds its package there already and keeps nothing of it.
    assert len(sizes) == 1
    assert 300_000 < sizes[0] < sum(weights.distributions.values())
    assert {each.saving for each in checked(tmp_path, only=["L01"]).findings} == {None}


@pytest.mark.online
def test_two_installs_of_one_run_each_leave_their_own_downloads(tmp_path: Path, workspace: Workspace) -> None:
    (tmp_path / "Dockerfile").write_text(f"{FROM}RUN pip install numpy && pip install flask\n")
    found = checked(tmp_path, only=["L01"], weights=finished(weighed(tmp_path, workspace)))
    numpy, flask = (each.saving.size_bytes for each in found.findings if each.saving)
    assert flask < 2_000_000 < 10_000_000 < numpy


@pytest.mark.online
def test_files_that_two_distributions_bring_count_for_neither(tmp_path: Path, workspace: Workspace) -> None:
    (tmp_path / "Dockerfile").write_text(
        f"{FROM}RUN pip install opencv-python-headless==4.12.0.88 opencv-contrib-python-headless==4.12.0.88\n"
    )
    both = finished(weighed(tmp_path, workspace)).distributions
    (tmp_path / "Dockerfile").write_text(f"{FROM}RUN pip install opencv-contrib-python-headless==4.12.0.88\n")
    alone = finished(weighed(tmp_path, workspace)).distributions
    name = "opencv-contrib-python-headless"
    assert 0 < both[name] < alone[name] / 2


@pytest.mark.online
def test_a_folder_without_a_dockerfile_is_weighed_by_its_own_files(tmp_path: Path, workspace: Workspace) -> None:
    (tmp_path / "requirements.txt").write_text("flask\n")
    assert "werkzeug" in finished(weighed(tmp_path, workspace)).distributions


@pytest.mark.online
def test_what_cannot_be_weighed_is_said_and_no_figure_is_made_up(tmp_path: Path, workspace: Workspace) -> None:
    (tmp_path / "Dockerfile").write_text(FROM + "RUN pip install 'flask==99.99'\n")
    weights = finished(weighed(tmp_path, workspace))
    found = checked(tmp_path, only=["L01"], weights=weights)
    assert "not weighed" in found.notes[0]
    assert {each.saving for each in found.findings} == {None}


def _recommended(folder: Path, packages: str, weights: Weights | None = None) -> Saving:
    (folder / "Dockerfile").write_text(f"{FROM}RUN apt-get update && apt-get install -y {packages}\n")
    (found,) = checked(folder, only=["L08"], weights=weights).findings
    assert found.saving is not None
    return found.saving


@pytest.mark.online
def test_headers_that_a_fix_names_are_not_counted_as_gone(tmp_path: Path, workspace: Workspace) -> None:
    sizes = []
    for packages in ("gcc", "gcc libc6-dev"):
        _recommended(tmp_path, packages)
        sizes.append(_recommended(tmp_path, packages, finished(weighed(tmp_path, workspace))))
    assert sizes[0] == sizes[1]
    assert sizes[0].known == "weighed"


def test_headers_that_a_fix_names_are_not_in_the_tables_figure_either(tmp_path: Path) -> None:
    assert _recommended(tmp_path, "gcc").size_bytes == _recommended(tmp_path, "g++").size_bytes
