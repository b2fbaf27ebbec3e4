"""Reading a whole service: every module and every function, again and again until nothing new is learned."""

from __future__ import annotations

import ast

from jettison.adapt.graph import Graph

from . import calls, expressions, facade_calls, statements
from .frame import Frame, Reading
from .kinds import FunctionNode, literal
from .scopes import scope

_ROUNDS = 200
"""Far more than any service needs; what is known only grows, so it ends by itself."""


def reading(graph: Graph) -> Reading:
    """What is known of the service, with the ledger of what has to change and what stands in the way."""
    made = Reading(graph=graph)
    for source in graph.by_path.values():
        made.scopes[source.tree] = scope(source.tree, source, None)
    facade_calls.remember(Frame(made, next(iter(made.scopes.values()))))
    _until_quiet(made)
    # Whatever nobody in the service fills is filled from outside.
    made.settled = True
    _until_quiet(made)
    made.ledger.listening = True
    _round(made)
    return made


def _until_quiet(made: Reading) -> None:
    for _ in range(_ROUNDS):
        made.memory.grew = False
        _round(made)
        if not made.memory.grew:
            return


def _round(made: Reading) -> None:
    for source in made.graph.by_path.values():
        statements.read(source.tree.body, Frame(made, made.scopes[source.tree]))
    for node in made.functions:
        _function(node, made)


def _function(node: FunctionNode, made: Reading) -> None:
    frame = Frame(made, made.scopes[node])
    calls.starting(node, frame)
    if isinstance(node, ast.Lambda):
        made.memory.write(("return", node), expressions.value(node.body, frame))
        return
    statements.read(node.body, frame)
    if frame.reached:
        made.memory.write(("return", node), literal(None))
