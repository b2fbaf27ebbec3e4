from __future__ import annotations

import time
from pathlib import Path

import pytest

from jettison.dockerfile.ignore import ignore_file, ignored_by


@pytest.mark.parametrize(
    ("pattern", "ignored", "kept"),
    [
        ("*.pyc", ["a.pyc"], ["b/a.pyc", "a.py"]),
        ("**/*.pyc", ["a.pyc", "b/a.pyc", "b/c/a.pyc"], ["a.py"]),
        ("**.pyc", ["a.pyc", "b/a.pyc"], ["a.py"]),
        ("**.py[co]", [".pyc", "b/.pyo"], ["a.pyc"]),
        ("temp?", ["tempa", "tempb", "tempa/x"], ["temp", "tempab", "x/tempa"]),
        ("*/temp*", ["a/temporary.txt", "a/temp"], ["temp", "a/b/temp"]),
        ("*/*/temp*", ["a/b/temporary.txt"], ["a/temp"]),
        ("data", ["data", "data/x", "data/y/z"], ["data2", "x/data"]),
        ("/data/", ["data", "data/x"], ["x/data"]),
        ("./data/../models", ["models/x"], ["data/x"]),
        ("**/node_modules", ["node_modules/a", "x/y/node_modules/b"], ["node_modules2/a"]),
        ("foo/**", ["foo/a", "foo/a/b"], ["foobar", "foo2/a"]),
        ("foo/**/bar", ["foo/bar", "foo/a/bar", "foo/a/b/bar/c"], ["foo/a", "bar"]),
        ("**", ["a", "a/b"], []),
        ("*", ["a", "a/b", ".git/x"], []),
        (".*", [".git/config", ".env"], ["a/.env"]),
        ("[a-c].txt", ["a.txt", "c.txt"], ["d.txt", "-.txt"]),
        ("a*b*c*.txt", ["abc.txt", "axbxcx.txt", "abbcc.txt"], ["acb.txt", "a/bc.txt"]),
        ("a*b", ["ab", "abb", "axbxb"], ["abx", "a/b"]),
        ("x/**/y*z/**", ["x/yz/1", "x/a/b/yyzz/1/2"], ["x/yz", "x/y/z/1"]),
        ("[^a].txt", ["b.txt"], ["a.txt"]),
        ("a\\*b", ["a*b"], ["axb"]),
        ("a+b(1).txt", ["a+b(1).txt"], ["aab1.txt"]),
        (".", [], ["a"]),
        ("/", [], ["a"]),
        ("  spaced  ", ["spaced"], ["  spaced"]),
        ("# comment", [], ["# comment", "comment"]),
        (" # no comment", ["# no comment"], []),
        ("../outside", [], ["outside"]),
        ("ünï/*", ["ünï/x"], ["uni/x"]),
    ],
)
def test_a_pattern_ignores_what_docker_ignores(pattern: str, ignored: list[str], kept: list[str]) -> None:
    found = ignored_by(pattern)
    assert [path for path in ignored if not found.holds(path)] == []
    assert [path for path in kept if found.holds(path)] == []


@pytest.mark.parametrize("pattern", ["*a" * 40 + "b", "**/" * 30 + "b", "**/a" * 4 + "/b", "[^b]*" * 20 + "b"])
def test_no_pattern_takes_long(pattern: str) -> None:
    begun = time.monotonic()
    assert not ignored_by(pattern).holds("a" * 250)
    assert not ignored_by(pattern).holds("a/" * 50 + "a")
    assert time.monotonic() - begun < 2


def test_many_double_stars_in_a_row_are_one() -> None:
    assert ignored_by("**/**/**/**/**/**/x").holds("a/b/x")
    assert "double stars" in ignored_by("**/a/**/b/**/c/**/d/**/e").notes[0]


def test_the_last_pattern_that_fits_decides() -> None:
    readme = ignored_by("*.md\n!README*.md\nREADME-secret.md\n")
    assert [readme.holds(path) for path in ("a.md", "README.md", "README-secret.md")] == [True, False, True]
    other_order = ignored_by("*.md\nREADME-secret.md\n!README*.md\n")
    assert [other_order.holds(path) for path in ("a.md", "README.md", "README-secret.md")] == [True, False, False]


def test_a_file_may_come_back_out_of_an_ignored_folder() -> None:
    found = ignored_by("*\n!app\n!requirements.txt\napp/**/*.ipynb\n")
    assert [found.holds(path) for path in ("x", "app/main.py", "requirements.txt", "app/a/b.ipynb")] == [
        True,
        False,
        False,
        True,
    ]
    assert found.lets_in_again


def test_lines_that_are_no_patterns_are_noted() -> None:
    found = ignored_by("\ufeffgood\n!\n[open\nz[]\n")
    assert [pattern.text for pattern in found.patterns] == ["good"]
    assert [note.split(":")[1] for note in found.notes] == ["2", "3", "4"]


def test_carriage_returns_do_not_count() -> None:
    assert ignored_by("data\r\n*.pyc\r\n").holds("data/x")


def test_the_dockerfiles_own_ignore_file_comes_first(tmp_path: Path) -> None:
    (tmp_path / ".dockerignore").write_text("general\n")
    (tmp_path / "docker").mkdir()
    (tmp_path / "docker" / "api.Dockerfile.dockerignore").write_text("special\n")
    assert ignore_file(tmp_path).holds("general")
    assert ignore_file(tmp_path, "docker/api.Dockerfile").holds("special")
    assert not ignore_file(tmp_path, "docker/api.Dockerfile").holds("general")
    assert ignore_file(tmp_path / "docker").patterns == ()
