"""Annotations of a workflow on GitHub: a line for each finding, which the pull request shows beside the file."""

from __future__ import annotations

from ...records import Finding
from ..figures import visible
from .sentences import cost_with_source, in_all, mending, ways
from .shown import Shown

NAME = "github"


def render(shown: Shown) -> str:
    """Workflow commands, then how it stands in all as a plain line of the log."""
    lines = [_command(shown, each) for each in shown.found.findings]
    lines += [f"::notice title=jettison::{_data(note)}" for note in shown.found.notes]
    lines.append(f"{in_all(shown.found.findings)}. {ways(shown.found.findings)}".rstrip(". "))
    return "\n".join(lines) + "\n"


def _command(shown: Shown, finding: Finding) -> str:
    properties = {"file": shown.path(finding.file)}
    if finding.line:
        properties |= {"line": str(finding.line), "endLine": str(finding.last_line), "col": str(finding.column)}
        if finding.last_line == finding.line:
            properties["endColumn"] = str(finding.last_column)
    properties["title"] = f"{finding.code} {finding.name}"
    said = [finding.message, finding.advice, cost_with_source(finding.saving), mending(finding)]
    text = "\n".join(each for each in said if each)
    named = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{'notice' if finding.is_style else 'warning'} {named}::{_data(text)}"


def _data(text: str) -> str:
    """As GitHub's runner takes it apart again. What a terminal would act on is spelled out: logs are shown in one."""
    text = "\n".join(visible(line, 2000) for line in text.split("\n"))
    return _escaped(text)


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    """A path has to stay what it is; only a lone surrogate cannot be printed."""
    return _escaped(value.encode("utf-8", "replace").decode()).replace(":", "%3A").replace(",", "%2C")
