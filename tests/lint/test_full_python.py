"""Where the slim image would not do: found by building services with buildah (`bench.lint`)."""

from __future__ import annotations

from pathlib import Path

import pytest

from jettison.pipeline.linting import checked

OWN = "FROM python:3.12\nWORKDIR /app\nCOPY . .\nRUN pip install {what}\n"


@pytest.mark.parametrize(("source", "what"), [("fast.c", "."), ("src/fast.pyx", "-e ."), ("ext/lib.rs", ".[gpu]")])
def test_a_project_with_sources_to_compile_keeps_the_compiler(source: str, what: str, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(OWN.format(what=what))
    (tmp_path / "setup.py").write_text("from setuptools import setup\nsetup(name='own')\n")
    assert [each.changes != () for each in checked(tmp_path, only=["B01"]).findings] == [True]
    (tmp_path / source).parent.mkdir(exist_ok=True)
    (tmp_path / source).write_text("")
    (found,) = checked(tmp_path, only=["B01"]).findings
    assert found.changes == ()
    assert "compiler for the project's own sources" in found.advice


def test_sources_that_no_install_builds_change_nothing(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(OWN.format(what="flask"))
    (tmp_path / "kernel.c").write_text("")
    assert [each.changes != () for each in checked(tmp_path, only=["B01"]).findings] == [True]
