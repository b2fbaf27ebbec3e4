"""The transformer: finds each edit's place and makes the change there."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst
from libcst.metadata import CodeRange, PositionProvider

from jettison.adapt.edits import Action, Edit, Span

from . import imports
from .lines import (
    Lines,
    Statement,
    ending,
    has_comment,
    lines_of,
    merged,
    pass_line,
    spliced,
    with_lines,
    without,
)

_ATOMS = (cst.Name, cst.BaseNumber, cst.BaseString, cst.Attribute, cst.Call, cst.Subscript)


class Writer(cst.CSTTransformer):
    """Applies edits; `left` holds those whose place was not found."""

    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(self, edits: Sequence[Edit]) -> None:
        super().__init__()
        self._edits = {(edit.action, edit.span): edit for edit in edits}
        self._used: set[Edit] = set()
        self._hollow: set[int] = set()
        """Blocks in which only a ``pass`` of ours is left, by their statement."""
        self._kept: list[cst.CSTNode] = []
        """Keeps those statements alive, so that no other gets their identity."""

    @property
    def left(self) -> tuple[Edit, ...]:
        """Edits that were not carried out."""
        return tuple(edit for edit in self._edits.values() if edit not in self._used)

    def on_leave(self, original_node, updated_node):  # type: ignore[no-untyped-def]
        """Change expressions once what is inside them is changed."""
        updated = super().on_leave(original_node, updated_node)
        if isinstance(updated, cst.BaseExpression) and isinstance(original_node, cst.BaseExpression):
            return self._expression(original_node, updated)
        return updated

    def _edit(self, action: Action, node: cst.CSTNode) -> Edit | None:
        place = self.get_metadata(PositionProvider, node, None)
        if not isinstance(place, CodeRange):
            return None
        span: Span = (place.start.line, place.start.column, place.end.line, place.end.column)
        edit = self._edits.get((action, span))
        if edit:
            self._used.add(edit)
        return edit

    def _expression(self, original: cst.BaseExpression, updated: cst.BaseExpression) -> cst.BaseExpression:
        if edit := self._edit("replace", original):
            return cst.parse_expression(edit.code)
        if isinstance(updated, cst.Call) and (edit := self._edit("unwrap", original)):
            inner = updated.args[0].value if edit.code else updated.func
            if not edit.code and isinstance(inner, cst.Attribute):
                inner = inner.value
            return _in_parentheses_of(updated, inner)
        if isinstance(updated, cst.IfExp):
            for action, chosen in (("keep body", updated.body), ("keep orelse", updated.orelse)):
                if self._edit(action, original):  # type: ignore[arg-type]
                    return chosen if isinstance(chosen, _ATOMS) else _in_parentheses_of(updated, chosen)
        return updated

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:  # noqa: N802
        """Take keywords out."""
        gone = {number for number, each in enumerate(original_node.args) if self._edit("drop keyword", each)}
        return updated_node.with_changes(args=without(updated_node.args, gone)) if gone else updated_node

    def leave_IndentedBlock(self, original_node: cst.IndentedBlock, updated_node: cst.IndentedBlock) -> cst.BaseSuite:  # noqa: N802
        """Change the statements of a block."""
        body, rest = self._statements(original_node.body, updated_node.body)
        if not body:
            body = [pass_line()]
            self._hollow.add(id(body[0]))
            self._kept.append(body[0])
        footer = (*rest, *updated_node.footer) if has_comment(rest) else updated_node.footer
        return updated_node.with_changes(body=body, footer=footer)

    def leave_Module(self, original_node: cst.Module, updated_node: cst.Module) -> cst.Module:  # noqa: N802
        """Change the statements of the file."""
        body, rest = self._statements(original_node.body, updated_node.body)
        footer = (*rest, *updated_node.footer) if has_comment(rest) else updated_node.footer
        return updated_node.with_changes(body=body, footer=footer)

    def leave_SimpleStatementSuite(  # noqa: N802
        self, original_node: cst.SimpleStatementSuite, updated_node: cst.SimpleStatementSuite
    ) -> cst.BaseSuite:
        """Change the statements behind a colon."""
        small = self._small(original_node.body, updated_node.body)
        if small:
            return updated_node.with_changes(body=small)
        line = pass_line()
        self._hollow.add(id(line.body[0]))
        self._kept.append(line.body[0])
        return updated_node.with_changes(body=line.body)

    def leave_FunctionDef(self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef) -> cst.BaseStatement:  # noqa: N802
        """Take decorators off."""
        kept: list[cst.Decorator] = []
        carried: Lines = ()
        for original, updated in zip(original_node.decorators, updated_node.decorators, strict=True):
            if self._edit("drop decorator", original.decorator):
                carried = (*carried, *updated.leading_lines)
            else:
                kept.append(updated.with_changes(leading_lines=(*carried, *updated.leading_lines)))
                carried = ()
        after = (*carried, *updated_node.lines_after_decorators)
        if len(kept) == len(updated_node.decorators):
            return updated_node
        if not kept:
            lines = (*updated_node.leading_lines, *after)
            return updated_node.with_changes(decorators=(), leading_lines=lines, lines_after_decorators=())
        return updated_node.with_changes(decorators=kept, lines_after_decorators=after)

    def leave_If(self, original_node: cst.If, updated_node: cst.If) -> cst.BaseStatement:  # noqa: N802
        """Decide an ``elif``, and drop an ``else`` in which nothing is left."""
        inner, orelse = original_node.orelse, updated_node.orelse
        if isinstance(inner, cst.If) and isinstance(orelse, cst.If):
            if self._edit("keep orelse", inner):
                orelse = orelse.orelse
            elif self._edit("keep body", inner):
                orelse = cst.Else(body=orelse.body, leading_lines=orelse.leading_lines)
        if isinstance(orelse, cst.Else) and self._is_hollow(orelse.body):
            orelse = None
        return updated_node.with_changes(orelse=orelse)

    def _statements(
        self, original: Sequence[cst.BaseStatement], updated: Sequence[cst.BaseStatement]
    ) -> tuple[list[Statement], Lines]:
        """The statements that come of a block's, and the lines above those that went away at its end."""
        made: list[Statement] = []
        carried: Lines = ()
        for before, after in zip(original, updated, strict=True):
            found, rest = self._one(before, after)
            if not found:
                carried = merged(carried, rest, first=False) if carried else rest
                continue
            lines = merged(carried, lines_of(found[0]), first=not made and before is not original[0])
            if lines != lines_of(found[0]):
                found[0] = with_lines(found[0], lines)
            made += found
            carried = rest
        return made, carried

    def _one(self, original: cst.BaseStatement, updated: cst.BaseStatement) -> tuple[list[Statement], Lines]:
        """What becomes of one statement; the lines left over when that is nothing, or behind it."""
        above = lines_of(updated)
        match original, updated:
            case cst.SimpleStatementLine(), cst.SimpleStatementLine():
                small = self._small(original.body, updated.body)
                return self._line(updated, small), () if small else above
            case cst.With(), cst.With():
                return self._with(original, updated, above)
            case cst.If(), cst.If():
                return self._if(original, updated, above)
            case ((cst.Try() | cst.TryStar()), (cst.Try() | cst.TryStar())) if self._is_hollow(updated.body):
                blocks = [each.body for each in (updated.orelse, updated.finalbody) if each is not None]
                return self._in_place(blocks, above)
            case _:
                assert isinstance(updated, (cst.SimpleStatementLine, cst.BaseCompoundStatement))
                return [updated], ()

    def _line(self, line: cst.SimpleStatementLine, small: list[cst.BaseSmallStatement]) -> list[Statement]:
        """A line of statements; imports that became several each get a line."""
        if not small or list(line.body) == small:
            return [line] if small else []
        if len(line.body) == 1:
            made: list[Statement] = [cst.SimpleStatementLine(body=[each]) for each in small]
            made[0] = line.with_changes(body=[small[0]])
            return made
        return [line.with_changes(body=small)]

    def _with(self, original: cst.With, updated: cst.With, above: Lines) -> tuple[list[Statement], Lines]:
        kept = [
            after
            for before, after in zip(original.items, updated.items, strict=True)
            if not self._edit("drop scope", before.item)
        ]
        if len(kept) == len(updated.items):
            return [updated], ()
        if not kept:
            return self._in_place([updated.body], above)
        kept[-1] = kept[-1].with_changes(comma=ending(kept[-1].comma, updated.items[-1].comma))
        return [updated.with_changes(items=kept)], ()

    def _if(self, original: cst.If, updated: cst.If, above: Lines) -> tuple[list[Statement], Lines]:
        if self._edit("keep body", original):
            return self._in_place([updated.body], above)
        if self._edit("keep orelse", original):
            if isinstance(updated.orelse, cst.If):
                return [updated.orelse.with_changes(leading_lines=(*above, *updated.orelse.leading_lines))], ()
            return self._in_place([updated.orelse.body] if updated.orelse else [], above)
        looks_up = isinstance(updated.test, (cst.Name, cst.Attribute, cst.Comparison, cst.UnaryOperation))
        if self._is_hollow(updated.body) and updated.orelse is None and looks_up:
            return [], above
        return [updated], ()

    def _in_place(self, blocks: list[cst.BaseSuite], above: Lines) -> tuple[list[Statement], Lines]:
        """Blocks whose statements take the place of the statement that held them."""
        made: list[Statement] = []
        for block in blocks:
            if self._is_hollow(block):
                continue
            found, rest = spliced(block, above)
            made += found
            above = rest
        return made, above

    def _small(
        self, original: Sequence[cst.BaseSmallStatement], updated: Sequence[cst.BaseSmallStatement]
    ) -> list[cst.BaseSmallStatement]:
        """The statements that come of those on one line."""
        made: list[cst.BaseSmallStatement] = []
        for before, after in zip(original, updated, strict=True):
            if edit := self._edit("replace statement", before):
                line = cst.parse_statement(edit.code)
                assert isinstance(line, cst.SimpleStatementLine)
                made.append(line.body[0].with_changes(semicolon=after.semicolon))
            elif edit := self._edit("imports", before):
                made += imports.become(after, edit.code)
            elif not self._gone(before, after):
                made.append(after)
        if made and len(made) < len(updated):
            made[-1] = made[-1].with_changes(semicolon=cst.MaybeSentinel.DEFAULT)
        return made

    def _gone(self, before: cst.BaseSmallStatement, after: cst.BaseSmallStatement) -> bool:
        """The statement is dropped, or does nothing any more: a bare name, a name assigned to itself."""
        if self._edit("drop statement", before):
            return True
        match before, after:
            case cst.Expr(), cst.Expr():
                return before.value is not after.value and isinstance(after.value, (cst.Name, cst.Attribute))
            case cst.Assign(targets=[_]), cst.Assign(targets=[target]):
                return _same(target.target, after.value) and not _same(target.target, before.value)
            case _:
                return False

    def _is_hollow(self, block: cst.BaseSuite) -> bool:
        return any(id(each) in self._hollow for each in block.body)


def _same(one: cst.BaseExpression, other: cst.BaseExpression) -> bool:
    plain = isinstance(one, (cst.Name, cst.Attribute)) and isinstance(other, (cst.Name, cst.Attribute))
    return plain and one.deep_equals(other)


def _in_parentheses_of(outer: cst.BaseExpression, inner: cst.BaseExpression) -> cst.BaseExpression:
    """Keep the parentheses of an expression around the part that stays."""
    return inner.with_changes(lpar=[*outer.lpar, *inner.lpar], rpar=[*inner.rpar, *outer.rpar])
