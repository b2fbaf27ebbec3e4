from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from jettison.errors import Unresolvable
from jettison.packages.debian import Catalogue, catalogue
from jettison.packages.debian.control import Wanted, dependencies, paragraphs
from jettison.records import finished
from jettison.workspace import Workspace


def names(found: Catalogue, *asked: str, recommends: bool = False) -> list[str]:
    return [package.name for package in found.closure(asked, recommends=recommends)]


def test_a_closure_takes_the_first_alternative_that_can_be_had(steady: Catalogue) -> None:
    # delta provides mail-agent with a higher priority than gamma; virtual-tool has one provider.
    assert names(steady, "beta") == ["alpha", "beta", "delta", "gamma"]
    assert names(steady, "wants-two") == ["gamma", "wants-two"]


def test_a_provider_that_is_chosen_already_is_not_joined_by_another(steady: Catalogue) -> None:
    assert names(steady, "gamma", "beta") == ["alpha", "beta", "gamma"]


def test_recommended_packages_come_only_when_asked_for_and_may_be_missing(steady: Catalogue) -> None:
    delta_there = frozenset(["delta", "gamma"])
    assert [p.name for p in steady.closure(["beta"], already=delta_there)] == ["alpha", "beta"]
    assert names(steady, "beta", recommends=True) == ["alpha", "beta", "delta", "gamma"]


def test_what_is_installed_already_is_left_out_with_its_dependencies(steady: Catalogue) -> None:
    assert steady.closure(["delta"], already=frozenset(["alpha", "delta"])) == ()
    assert [p.name for p in steady.closure(["delta"], already=frozenset(["alpha"]))] == ["delta"]


def test_names_may_be_qualified_as_apt_allows(steady: Catalogue) -> None:
    assert names(steady, "alpha=1.0", "alpha:amd64", "alpha/steady") == ["alpha"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nowhere", "no package nowhere in"),
        ("broken", re.escape("broken 1.0-1 depends on nowhere (>= 3) | alpha (<< 0.5), which no list has")),
        ("wants-three", re.escape("depends on virtual-tool (>= 3)")),
    ],
)
def test_what_no_list_has_is_named(steady: Catalogue, name: str, message: str) -> None:
    with pytest.raises(Unresolvable, match=message):
        steady.closure([name])


def test_dependency_fields_are_read_with_all_their_qualifiers() -> None:
    field = "libc6 (>= 2.35), python3:any (<< 3.12) | a.b+c-d, x [amd64 !i386] <!nocheck> <cross>,, y(= 1:2-3), ??"
    assert dependencies(field) == (
        (Wanted(name="libc6", relation=">=", version="2.35"),),
        (Wanted(name="python3", relation="<<", version="3.12"), Wanted(name="a.b+c-d")),
        (Wanted(name="x"),),
        (Wanted(name="y", relation="=", version="1:2-3"),),
    )
    assert list(paragraphs("A: 1\n more\n\n\n# no\nB: 2:3\n \n")) == [{"A": "1\nmore"}, {"B": "2:3"}]


@pytest.mark.online
def test_closures_are_those_of_apt_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Against the system's own mirror. Where apt has no lists of its own, only that the closure closes."""
    from jettison.packages.debian.sources import mirror

    monkeypatch.delenv("JETTISON_DEBIAN_MIRROR", raising=False)
    suite = mirror().suite
    found = finished(catalogue(suite, "amd64", Workspace(root=tmp_path)))
    asked = ["build-essential", "git", "ca-certificates", "python3"]
    (tmp_path / "status").touch()
    for recommends in (False, True):
        ours = {package.name for package in found.closure(asked, recommends=recommends)}
        assert {"gcc", "libc6", "git", "perl-base"} <= ours
        option = f"APT::Install-Recommends={str(recommends).lower()}"
        command = ["apt-get", "-s", "-o", f"Dir::State::status={tmp_path}/status", "-o", option, "install", *asked]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        theirs = set(re.findall(r"^Inst (\S+)", done.stdout, re.MULTILINE))
        assert not theirs or ours == theirs
