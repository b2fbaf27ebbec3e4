"""Findings as SARIF 2.1.0, which code scanning of GitHub, Azure DevOps and most editors read."""

from __future__ import annotations

import hashlib
import json
from typing import Any
from urllib.parse import quote

from ...records import Change, Finding, LintRule
from ..figures import visible
from .pages import page
from .sentences import cost_with_source, mending
from .shown import Shown

NAME = "sarif"
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_ROOT = "SRCROOT"


def render(shown: Shown) -> str:
    """One run: the tool with all its rules, and a result for each finding with its region and its replacements."""
    places = {each.code: index for index, each in enumerate(shown.rules)}
    driver: dict[str, Any] = {"name": "jettison", "rules": [_rule(shown, each) for each in shown.rules]}
    if shown.version:
        driver["version"] = shown.version
    if shown.home:
        driver["informationUri"] = shown.home
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(shown, each, places[each.code]) for each in shown.found.findings],
        "invocations": [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": [
                    {"level": "note", "message": {"text": visible(each, 2000)}} for each in shown.found.notes
                ],
            }
        ],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"


def _rule(shown: Shown, rule: LintRule) -> dict[str, Any]:
    made: dict[str, Any] = {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.why.replace("`", "")},
        "help": {"text": rule.why.replace("`", ""), "markdown": page(rule)},
        "defaultConfiguration": {"level": "warning"},
        "properties": {"fix": rule.fix, "tags": ["dockerfile", "image-size", *rule.also]},
    }
    if shown.home:
        made["helpUri"] = f"{shown.home}/{rule.page}"
    return made


def _result(shown: Shown, finding: Finding, place: int) -> dict[str, Any]:
    said = [f"{finding.message}.", finding.advice and f"{finding.advice}.", cost_with_source(finding.saving)]
    made: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": place,
        "level": "note" if finding.is_style else "warning",
        "message": {"text": visible(" ".join(each for each in said if each), 2000)},
        "locations": [{"physicalLocation": _place(shown, finding)}],
        # The same finding keeps its mark when lines above it come and go.
        "partialFingerprints": {"findingAndLines/v1": _mark(shown, finding)},
        "properties": {"fix": finding.fix},
    }
    if finding.saving is not None:
        saving = finding.saving
        made["properties"]["saving"] = {
            "bytes": saving.size_bytes,
            "known": saving.known,
            "source": visible(saving.source, 2000),
        }
    if finding.changes:
        changes = [_change(shown, each) for each in finding.changes]
        made["fixes"] = [{"description": {"text": mending(finding)}, "artifactChanges": changes}]
    return made


def _place(shown: Shown, finding: Finding) -> dict[str, Any]:
    made: dict[str, Any] = {"artifactLocation": _file(shown, finding.file)}
    if finding.line:
        made["region"] = {
            "startLine": finding.line,
            "startColumn": finding.column,
            "endLine": finding.last_line,
            "endColumn": finding.last_column,
        }
    return made


def _file(shown: Shown, file: str) -> dict[str, str]:
    return {"uri": quote(shown.path(file).encode("utf-8", "surrogateescape")), "uriBaseId": _ROOT}


def _change(shown: Shown, change: Change) -> dict[str, Any]:
    """SARIF counts characters without a byte order mark in front, and so do the replacements here."""
    mark = change.file in shown.found.byte_order_marks
    replacements: list[dict[str, Any]] = [
        {
            "deletedRegion": {"charOffset": max(each.start - mark, 0), "charLength": each.end - each.start},
            "insertedContent": {"text": _encodable(each.replacement)},
        }
        for each in change.edits
    ]
    if change.content is not None:
        whole = {"deletedRegion": {"charOffset": 0, "charLength": 0}}
        replacements = [{**whole, "insertedContent": {"text": _encodable(change.content)}}]
    return {"artifactLocation": _file(shown, change.file), "replacements": replacements}


def _encodable(text: str) -> str:
    """JSON readers other than Python's refuse a lone surrogate."""
    return text.encode("utf-8", "replace").decode()


def _mark(shown: Shown, finding: Finding) -> str:
    lines = "\n".join(text.strip() for _, text in finding.source)
    told = f"{finding.code}\n{shown.path(finding.file)}\n{lines or finding.message}"
    return hashlib.sha256(told.encode("utf-8", "surrogateescape")).hexdigest()[:32]
