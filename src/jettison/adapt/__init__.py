"""The app on torch and transformers → the app on `jettison_runtime`, or the lines that stand in the way.

The service's code is read, never run. Values are followed from where transformers makes them (`reading`, with what is
known in `known`); every use of such a value is either of the same meaning on the facade, dropped because it means
nothing on the CPU, or refused with its line. `writing` carries the changes out.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from pathlib import Path

from jettison.records import Adaptation, AdaptedFile, Refusal

__all__ = ["adaptation"]


def adaptation(root: Path, files: Sequence[str], entry_module: str, *, samples: bool = False) -> Adaptation:
    """Adapt what the entry point imports; nothing is written.

    :param root: the service's folder.
    :param files: its Python files, relative to the folder; others of its files are ignored.
    :param entry_module: the module that the server imports, by the name under which it imports it.
    :param samples: a model draws tokens at random by its own settings, without a word of it in the code.
    :raises NotAService: the entry point is none of the files, or a file cannot be read.
    """
    from .diff import diff
    from .files import adapted
    from .flow import TooEntangled, reading
    from .graph import graph
    from .requirements import removed

    found = graph(root, files, entry_module)
    sources = tuple(found.by_path.values())
    refusals: tuple[Refusal, ...] = found.refusals
    notes: tuple[str, ...] = ()
    changed: tuple[AdaptedFile, ...] = ()
    if not refusals:
        try:
            ledger = reading(found).ledger
            ledger.drawn |= samples
            refusals, notes = ledger.refusals, ledger.notes
            if not refusals:
                changed, refusals = adapted(sources, ledger)
        except RecursionError:
            refusals = (sources[0].refusal_at(1, "the code is nested too deeply to be read"),)
        except TooEntangled:
            refusals = (sources[0].refusal_at(1, "the code is too large and entangled for its values to be followed"),)
    after = {file.path: ast.parse(file.after.removeprefix("\ufeff")) for file in changed}
    trees = [(each.tree, after.get(each.path, each.tree)) for each in sources]
    return Adaptation(
        files=changed,
        diff=diff(changed),
        removed=() if refusals else removed(*zip(*trees, strict=True)),
        refusals=refusals,
        aside=found.aside,
        notes=notes,
    )
