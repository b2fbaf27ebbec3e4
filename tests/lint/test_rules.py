"""Every rule, by its own examples: the bad one is found, the good one is not, the fixed one is clean and stays so."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

import dockerfile as buildkit
from jettison.lint import Project, findings, linted, project
from jettison.lint.rule import Example, Rule
from jettison.lint.rules import RULES
from jettison.records import FixClass, Linted

CASES = [
    pytest.param(rule, example, id=f"{rule.CODE}-{number}")
    for rule in RULES
    for number, example in enumerate(rule.EXAMPLES, 1)
]
FIXABLE = [
    case
    for case, rule in zip(CASES, (rule for rule in RULES for _ in rule.EXAMPLES), strict=True)
    if rule.FIX != "suggest"
]
"""What only a person can decide has nothing to be fixed."""
EVERY_FIX: tuple[FixClass, ...] = ("safe", "verify")


def folder(at: Path, files: Mapping[str, str], sizes: Mapping[str, int], targets: tuple[str, ...]) -> Project:
    """An example's folder on disk; files of a given size are holes, which take no room."""
    at.mkdir()
    for name, text in files.items():
        (at / name).parent.mkdir(parents=True, exist_ok=True)
        (at / name).write_bytes(text.encode("utf-8", "surrogateescape"))
    for name, size in sizes.items():
        (at / name).parent.mkdir(parents=True, exist_ok=True)
        with (at / name).open("wb") as file:
            file.truncate(size)
    return project(at, targets=targets)


def after(found: Linted, before: Mapping[str, str]) -> dict[str, str]:
    """The folder's texts after the fixes."""
    return {**before, **{file.path: file.after for file in found.changed}}


def codes(service: Project) -> set[str]:
    return {each.code for each in findings(service)}


@pytest.mark.parametrize(("rule", "example"), CASES)
def test_the_flaw_is_found_and_a_folder_without_it_is_not_accused(rule: Rule, example: Example, tmp_path: Path) -> None:
    assert rule.CODE in codes(folder(tmp_path / "bad", example.bad, example.sizes, example.targets))
    assert rule.CODE not in codes(folder(tmp_path / "good", example.good, example.sizes, example.targets))


@pytest.mark.parametrize(("rule", "example"), FIXABLE)
def test_the_fixed_folder_is_clean_and_fixing_it_again_changes_nothing(
    rule: Rule, example: Example, tmp_path: Path
) -> None:
    bad = folder(tmp_path / "bad", example.bad, example.sizes, example.targets)
    once = linted(bad, EVERY_FIX, [rule])
    texts = after(once, example.bad)
    assert texts == {**example.bad, **(example.good if example.fixed is None else example.fixed)}
    assert not [each for each in once.findings if each.changes]
    assert {each.code for each in once.applied} == ({rule.CODE} if example.fixed != example.bad else set())
    twice = linted(folder(tmp_path / "fixed", texts, example.sizes, example.targets), EVERY_FIX, [rule])
    assert twice.changed == ()
    for name, text in texts.items():
        if "dockerfile" in name.lower() and not name.endswith("ignore"):
            buildkit.parse_string(text)


def test_the_rules_are_what_they_say() -> None:
    assert [rule.CODE for rule in RULES] == sorted(
        {rule.CODE for rule in RULES}, key=lambda code: ("WLBMPRT".index(code[0]), code)
    )
    assert len({rule.NAME for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert rule.EXAMPLES
        assert rule.SUMMARY
        assert rule.WHY
        assert rule.SOURCES
        assert rule.FIX != "suggest" or all(example.fixed is None for example in rule.EXAMPLES)
