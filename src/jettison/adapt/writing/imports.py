"""Import statements that become others, in the shape that they had."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from .lines import ending


def become(statement: cst.BaseSmallStatement, code: str) -> list[cst.BaseSmallStatement]:
    """The statements of the code, written like the statement that they replace where they import the same names."""
    made: list[cst.BaseSmallStatement] = []
    for text in code.splitlines():
        line = cst.parse_statement(text)
        assert isinstance(line, cst.SimpleStatementLine)
        made.append(_shaped(statement, line.body[0]))
    if made and isinstance(statement, (cst.Import, cst.ImportFrom)):
        made[-1] = made[-1].with_changes(semicolon=statement.semicolon)
    return made


def _shaped(old: cst.BaseSmallStatement, new: cst.BaseSmallStatement) -> cst.BaseSmallStatement:
    match old, new:
        case cst.Import(), cst.Import():
            kept = _kept(old.names, new.names)
            return old.with_changes(names=kept) if len(kept) == len(new.names) else new
        case cst.ImportFrom(), cst.ImportFrom() if not isinstance(old.names, cst.ImportStar):
            assert not isinstance(new.names, cst.ImportStar)
            kept = _kept(old.names, new.names)
            if len(kept) == len(new.names):
                return old.with_changes(module=new.module, relative=(), names=kept)
    return new


def _kept(old: Sequence[cst.ImportAlias], new: Sequence[cst.ImportAlias]) -> list[cst.ImportAlias]:
    """Those of the old names that are among the new ones; the last keeps the ending that the last one had."""
    wanted = [_text(each) for each in new]
    kept = [each for each in old if _text(each) in wanted]
    if kept and kept[-1] is not old[-1]:
        kept[-1] = kept[-1].with_changes(comma=ending(kept[-1].comma, old[-1].comma))
    return kept


def _text(alias: cst.ImportAlias) -> str:
    name = cst.Module(body=[]).code_for_node(alias.name)
    renamed = cst.Module(body=[]).code_for_node(alias.asname.name) if alias.asname else ""
    return f"{name} as {renamed}"
