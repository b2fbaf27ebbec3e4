"""Findings as a comment of a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ...records import Finding
from ..figures import visible
from .sentences import cost, in_all, next_step, ways
from .shown import Shown

NAME = "markdown"

_FIXES = {"safe": "`--fix`", "verify": "`--fix-verify`", "suggest": "by hand"}
MOST_DIFF_CHARACTERS = 40_000
"""A comment on GitHub holds 65,536."""


def render(shown: Shown) -> str:
    """A heading, a table of what is left, what was mended, and the patch where there is one."""
    found = shown.found
    lines = [f"### jettison lint: {in_all(found.findings)}", ""]
    if found.findings:
        lines += [*_table(shown, found.findings), "", f"{ways(found.findings)}. Next: `{next_step(shown)}`", ""]
    if found.applied:
        lines += [f"#### Mended: {in_all(found.applied)}", "", *_table(shown, found.applied), ""]
    if found.diff:
        lines += [*_patch(found.diff), ""]
    lines += [f"- {_text(note)}" for note in found.notes]
    return "\n".join(lines).rstrip() + "\n"


def _table(shown: Shown, findings: Sequence[Finding]) -> Iterator[str]:
    yield "| rule | place | finding | costs | fix |"
    yield "|---|---|---|---|---|"
    for each in findings:
        place = f"{shown.path(each.file)}:{each.line}" if each.line else shown.path(each.file)
        rule = f"{each.code} {each.name}"
        if shown.home:
            rule = f"[{rule}]({shown.home}/{shown.rule(each.code).page})"
        said = f"{each.message}. {each.advice}".rstrip(". ")
        yield f"| {rule} | {_text(place)} | {_text(said)} | {cost(each.saving)} | {_FIXES[each.fix]} |"


def _patch(diff: str) -> Iterator[str]:
    diff = diff.encode("utf-8", "replace").decode().rstrip("\n")
    if len(diff) > MOST_DIFF_CHARACTERS:
        yield "The patch is too long for a comment; `--diff` prints it."
        return
    fence = "`" * (1 + max([3, *(len(each) for each in re.findall("`+", diff))]))
    yield from ("<details><summary>The patch</summary>", "", f"{fence}diff", diff, fence, "", "</details>")


def _text(text: str) -> str:
    """Foreign text that stays text: no table cell, tag, mention or picture comes out of it."""
    return re.sub(r"([\\`*_\[\]|~!])", r"\\\1", visible(text, 600)).replace("<", "&lt;").replace("@", "&#64;")
