"""The adapted files: edits carried out, names that nobody asks for any more dropped, nothing of torch left."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Mapping, Sequence

from jettison.records import AdaptedFile, Refusal

from .edits import Edit
from .known.packages import REPLACED
from .ledger import Ledger
from .sources import Source

_WORD = re.compile(r"[A-Za-z_]\w*")


def adapted(sources: Sequence[Source], ledger: Ledger) -> tuple[tuple[AdaptedFile, ...], tuple[Refusal, ...]]:
    """The files that change; or, when something of torch would be left in them, the lines that are the reason."""
    edits: dict[Source, tuple[Edit, ...]] = {source: ledger.edits(source) for source in sources}
    texts, refusals = _texts(edits)
    if not refusals:
        spares = _needless({source: ledger.spares(source) for source in sources}, texts)
        texts, refusals = _texts({source: (*edits[source], *spares.get(source, ())) for source in sources})
    if refusals:
        return (), refusals
    changed = (source for source in sources if texts[source] != source.text)
    return tuple(
        AdaptedFile(path=each.path, before=each.mark + each.text, after=each.mark + texts[each]) for each in changed
    ), ()


def _texts(edits: Mapping[Source, Sequence[Edit]]) -> tuple[dict[Source, str], tuple[Refusal, ...]]:
    """The new texts, with what is wrong with them."""
    texts: dict[Source, str] = {}
    refusals: list[Refusal] = []
    for source, changes in edits.items():
        texts[source], found = _text(source, changes)
        refusals += found or _left_over(source, texts[source])
    return texts, tuple(refusals)


def _text(source: Source, edits: Sequence[Edit]) -> tuple[str, list[Refusal]]:
    if not edits:
        return source.text, []
    import libcst

    from .writing import rewritten

    try:
        text, left = rewritten(source.text, edits)
    except libcst.ParserSyntaxError as cause:
        reason = f"libcst cannot read the file: {cause.message}"
        return source.text, [source.refusal_at(cause.raw_line, reason)]
    reason = "the place of this change was not found again in the file"
    return text, [source.refusal_at(edit.span[0], reason) for edit in left]


def _needless(
    spares: Mapping[Source, tuple[tuple[str, Edit], ...]], texts: Mapping[Source, str]
) -> dict[Source, list[Edit]]:
    """The spare statements whose name occurs nowhere else in the service."""
    spoken = Counter(name for text in texts.values() for name in _identifiers(ast.parse(text)))
    bound = Counter(name for found in spares.values() for name, _ in found)
    return {
        source: [edit for name, edit in found if spoken[name] == bound[name]]
        for source, found in spares.items()
        if any(spoken[name] == bound[name] for name, _ in found)
    }


def _identifiers(tree: ast.AST) -> list[str]:
    found: list[str] = []
    for node in ast.walk(tree):
        match node:
            case ast.Constant(str(text)):
                found += _WORD.findall(text)
            case _:
                # Every field of Python's grammar that is a string is a name, or several with dots between.
                for _, part in ast.iter_fields(node):
                    texts = part if isinstance(part, list) else [part]
                    found += [word for text in texts if isinstance(text, str) for word in _WORD.findall(text)]
    return found


def _left_over(source: Source, text: str) -> list[Refusal]:
    """Imports of torch or transformers that are still there, and names that nothing binds any more."""
    try:
        tree = ast.parse(text)
    except SyntaxError as cause:
        return [source.refusal_at(cause.lineno or 1, f"the adapted file would not parse: {cause.msg}")]
    found: list[Refusal] = []
    lost = _imported(source.tree, REPLACED) - _bound(tree)
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)) and _imported(node, REPLACED):
            found.append(source.refusal_like(text, node, "this import was not reached when the code was read"))
        if isinstance(node, ast.Name) and node.id in lost:
            found.append(
                source.refusal_like(text, node, f"this use of {node.id} was not reached when the code was read")
            )
    return found


def _imported(tree: ast.AST, packages: Sequence[str]) -> set[str]:
    """The names that imports of these packages bind."""
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=aliases):
                modules = [(alias.name, alias.asname or alias.name.partition(".")[0]) for alias in aliases]
            case ast.ImportFrom(module=str(module), names=aliases, level=0):
                modules = [(module, alias.asname or alias.name) for alias in aliases]
            case _:
                continue
        found |= {bound for module, bound in modules if module.partition(".")[0] in packages}
    return found


def _bound(tree: ast.AST) -> set[str]:
    """All names that a file binds anywhere."""
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                found.add(name)
            case ast.alias(name=name, asname=other):
                found.add(other or name.partition(".")[0])
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
    return found
