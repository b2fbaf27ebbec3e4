"""The rules about requirements, on services as people lay them out: what they find, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from jettison.lint import linted, project, rules_named
from jettison.lint.project import Project

from .services import SERVICES, Service

RULES = rules_named(["W09", "W11", "W12", "W13", "W14", "W15", "W16", "W17", "W18", "W19"])


def laid(at: Path, service: Service) -> Project:
    for name, text in service.files.items():
        (at / name).parent.mkdir(parents=True, exist_ok=True)
        (at / name).write_text(text, encoding="utf-8")
    return project(at, targets=service.targets)


@pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)
def test_each_is_told_what_is_the_matter_and_nothing_else(service: Service, tmp_path: Path) -> None:
    folder = laid(tmp_path, service)
    found = {
        (rule.CODE, (folder.text(each.file) or "")[each.start : each.end])
        for rule in RULES
        for each in rule.findings(folder)
    }
    assert found == service.found


@pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)
def test_fixes_leave_nothing_that_can_be_fixed(service: Service, tmp_path: Path) -> None:
    fixed = linted(laid(tmp_path, service), ("safe", "verify"), RULES)
    assert not [each for each in fixed.findings if each.changes]
    assert not [note for note in fixed.notes if "does not hold" in note]
