"""Comments and blank lines around statements that go away."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

Statement = cst.SimpleStatementLine | cst.BaseCompoundStatement
Lines = tuple[cst.EmptyLine, ...]


def has_comment(lines: Sequence[cst.EmptyLine]) -> bool:
    """One of the lines is a comment."""
    return any(line.comment is not None for line in lines)


def merged(carried: Lines, own: Lines, *, first: bool) -> Lines:
    """The lines above a statement, when those above a statement that went away before it are carried to it.

    Comments all stay. A paragraph is still set off by as many blank lines as the file has there; the first
    statement of a block gets none.
    """
    if has_comment(carried):
        return (*carried, *own)
    lines = own if _blank(own) or not carried else (*carried, *own)
    if not first:
        return lines
    start = next((number for number, line in enumerate(lines) if line.comment is not None), len(lines))
    return tuple(lines[start:])


def _blank(lines: Lines) -> bool:
    return bool(lines) and lines[0].comment is None


def with_lines(statement: Statement, lines: Lines) -> Statement:
    """The statement under these comments and blank lines."""
    return statement.with_changes(leading_lines=lines)


def lines_of(statement: cst.BaseStatement) -> Lines:
    """The comments and blank lines above a statement."""
    return tuple(statement.leading_lines)  # type: ignore[attr-defined]


def spliced(block: cst.BaseSuite, above: Lines) -> tuple[list[Statement], Lines]:
    """The statements of a block that takes its place in the block around it, and the comments that end it."""
    if isinstance(block, cst.SimpleStatementSuite):
        line = cst.SimpleStatementLine(
            body=block.body, leading_lines=above, trailing_whitespace=block.trailing_whitespace
        )
        return [line], ()
    assert isinstance(block, cst.IndentedBlock)
    if block.header.comment is not None:
        above = (*above, cst.EmptyLine(comment=block.header.comment))
    statements = [each for each in block.body if isinstance(each, (cst.SimpleStatementLine, cst.BaseCompoundStatement))]
    if statements:
        statements[0] = with_lines(statements[0], (*above, *lines_of(statements[0])))
    return statements, tuple(block.footer)


def pass_line() -> cst.SimpleStatementLine:
    """``pass``, where a block would be empty."""
    return cst.SimpleStatementLine(body=[cst.Pass()])


def without(items: Sequence[cst.Arg], gone: set[int]) -> list[cst.Arg]:
    """Arguments without some of them; the last keeps the ending that the last one had."""
    kept = [item for number, item in enumerate(items) if number not in gone]
    if kept and len(items) - 1 in gone:
        own, last = kept[-1].comma, items[-1]
        if isinstance(last.comma, cst.Comma):
            kept[-1] = kept[-1].with_changes(comma=ending(own, last.comma))
        else:
            space = _space(own.whitespace_after if isinstance(own, cst.Comma) else None, last.whitespace_after_arg)
            kept[-1] = kept[-1].with_changes(comma=last.comma, whitespace_after_arg=space)
    return kept


def ending(own: cst.Comma | cst.MaybeSentinel, last: cst.Comma | cst.MaybeSentinel) -> cst.Comma | cst.MaybeSentinel:
    """The comma behind the item that is now the last, as it was behind the one that went away."""
    if not isinstance(own, cst.Comma) or not isinstance(last, cst.Comma):
        return last
    return last.with_changes(whitespace_after=_space(own.whitespace_after, last.whitespace_after))


def _space(
    own: cst.BaseParenthesizableWhitespace | None, last: cst.BaseParenthesizableWhitespace
) -> cst.BaseParenthesizableWhitespace:
    """The room up to the closing bracket; a comment is that of the item that stays."""
    if not isinstance(last, cst.ParenthesizedWhitespace):
        return last
    if isinstance(own, cst.ParenthesizedWhitespace):
        return last.with_changes(first_line=own.first_line, empty_lines=own.empty_lines)
    return last.with_changes(first_line=last.first_line.with_changes(comment=None, whitespace=cst.SimpleWhitespace("")))
