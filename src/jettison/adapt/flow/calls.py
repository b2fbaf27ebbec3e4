"""Calls: what is given, who takes it, what comes back."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, replace

from jettison.adapt.known.facade import METHODS
from jettison.adapt.known.signatures import Allowed, Only
from jettison.adapt.known.tensorflow import PACKAGES as TENSORFLOW

from . import (
    boxes,
    expressions,
    facade_calls,
    objects,
    python_calls,
    sentence_calls,
    tensor_calls,
    tensorflow_calls,
    torch_calls,
)
from .frame import Frame
from .kinds import (
    NOTHING,
    PLAIN,
    Array,
    Box,
    ClassObject,
    Const,
    Facade,
    Foreign,
    Function,
    FunctionNode,
    Holder,
    Instance,
    Kind,
    Later,
    Method,
    Value,
    one,
    present,
    spoken,
)
from .memory import union
from .scopes import defaults, parameters


@dataclass(frozen=True, eq=False)
class Given:
    """The arguments of one call."""

    node: ast.expr
    """The call, or what stands for it."""
    places: tuple[ast.expr, ...] = ()
    """Where the positional arguments stand."""
    values: tuple[Value, ...] = ()
    spread: Value = NOTHING
    """What ``*args`` may bring."""
    keywords: dict[str, tuple[ast.keyword, Value]] = field(default_factory=dict)
    rest: tuple[tuple[ast.keyword, Value], ...] = ()
    """The ``**options``."""

    @property
    def all(self) -> Value:
        """Everything that is given."""
        keywords = union(value for _, value in self.keywords.values())
        return union(self.values) | self.spread | keywords | union(value for _, value in self.rest)

    @property
    def callee(self) -> str:
        """What is called, as the code says it."""
        text = ast.unparse(self.node.func if isinstance(self.node, ast.Call) else self.node)
        return text if len(text) <= 60 else text[:57] + "..."

    def behind(self, number: int) -> Given:
        """The call that is left when the positional arguments up to this place are taken away."""
        return replace(self, places=self.places[number + 1 :], values=self.values[number + 1 :])


def nothing_given(node: ast.expr) -> Given:
    """A call without arguments."""
    return Given(node)


def given(node: ast.Call, frame: Frame) -> Given:
    """Read the arguments of a call."""
    places, values, spread = [], [], NOTHING
    for each in node.args:
        if isinstance(each, ast.Starred):
            spread |= boxes.elements(each, expressions.value(each.value, frame), frame)
        else:
            places.append(each)
            values.append(expressions.value(each, frame))
    keywords: dict[str, tuple[ast.keyword, Value]] = {}
    rest: list[tuple[ast.keyword, Value]] = []
    for keyword in node.keywords:
        frame.reading.ledger.forget(keyword)
        value = expressions.value(keyword.value, frame)
        if keyword.arg is not None:
            keywords[keyword.arg] = (keyword, value)
        else:
            rest.append((keyword, value))
    return Given(node, tuple(places), tuple(values), spread, keywords, tuple(rest))


def called(node: ast.Call, frame: Frame) -> Value:
    """What a call gives."""
    if answer := torch_calls.part_asked_for(node, frame):
        return answer
    callee = present(expressions.raw(node.func, frame))
    outer, frame.shown = frame.shown, python_calls.only_shows(node, callee)
    arguments = given(node, frame)
    found = _called(node, callee, arguments, frame)
    frame.shown = outer
    return found


def _called(node: ast.Call, callee: Value, arguments: Given, frame: Frame) -> Value:
    if facade_calls.unwraps(callee):
        return facade_calls.unwrapped(node, callee, arguments, frame)
    return union(call(kind, arguments, frame) for kind in callee)


def call(kind: Kind, arguments: Given, frame: Frame) -> Value:  # noqa: PLR0911, PLR0912
    """What calling one kind of thing gives."""
    match kind:
        case Function():
            return entered(kind, arguments, frame)
        case ClassObject(node):
            return objects.constructed(node, arguments, frame)
        case Foreign(path) if kind.package == "torch":
            return torch_calls.call(path, arguments, frame)
        case Foreign(path) if kind.package == "transformers":
            return facade_calls.call(path, arguments, frame)
        case Foreign(path) if kind.package in TENSORFLOW:
            return tensorflow_calls.call(path, arguments, frame)
        case Foreign(path) if kind.replaced:
            return sentence_calls.call(path, arguments, frame)
        case Foreign(path):
            return python_calls.call(path, arguments, frame)
        case Method(owner=Facade() | Array()):
            return facade_calls.method(kind, arguments, frame)
        case Method(owner=Box() | Const() | Holder()):
            return python_calls.method(kind, arguments, frame)
        case Facade("signature"):
            return tensorflow_calls.signature(arguments, frame)
        case Facade("layer"):
            return tensor_calls.layered(arguments, frame)
        case Facade(sort) if "__call__" in METHODS.get(sort, ()):
            return facade_calls.method(Method(kind, "__call__"), arguments, frame)
        case Facade() | Array():
            frame.refuse(arguments.node, f"calling {spoken(kind)} is not in the facade")
            return PLAIN
        case Later(result):
            return result
        case Instance() if own := objects.member(kind, "__call__", arguments.node, frame):
            return union(call(each, arguments, frame) for each in own)
        case _:
            return python_calls.of_library(arguments, frame)


def entered(function: Function, arguments: Given, frame: Frame) -> Value:
    """Call a function of the service: its parameters get the arguments, its results come back."""
    node, memory = function.node, frame.memory
    memory.mark("called", node)
    if frame.tried:
        memory.mark("tried", node)
    _pass(function, arguments, frame)
    if memory.marked("generator", node):
        return one(Box(node))
    return memory.read("return", node) or frame.reading.unknown


def _pass(function: Function, arguments: Given, frame: Frame) -> None:
    node, memory = function.node, frame.memory
    names = [each.arg for each in (*node.args.posonlyargs, *node.args.args)]
    if function.bound is not None and names:
        memory.write(("parameter", node, names[0]), one(function.bound))
        names = names[1:]
    for number, value in enumerate(arguments.values):
        if number < len(names):
            memory.write(("parameter", node, names[number]), value)
        elif node.args.vararg:
            memory.write(("item", node.args.vararg, number - len(names)), value)
    keyworded = {each.arg for each in (*node.args.args, *node.args.kwonlyargs)}
    for name, (_, value) in arguments.keywords.items():
        if name in keyworded:
            memory.write(("parameter", node, name), value)
        elif node.args.kwarg:
            memory.write(("item", node.args.kwarg, name), value)
    for _, value in arguments.rest:
        _pass_options(node, keyworded, value, frame)
    for name in names if arguments.spread else ():
        memory.write(("parameter", node, name), arguments.spread)
    if arguments.spread and node.args.vararg:
        memory.write(("item", node.args.vararg, None), arguments.spread)


def _pass_options(node: FunctionNode, keyworded: set[str], value: Value, frame: Frame) -> None:
    """Give a function a dict of options: each goes where its key says, or anywhere when that is not known."""
    memory = frame.memory
    for kind in value:
        keys = memory.keys("item", kind.site) if isinstance(kind, Box) else (None,)
        for key in keys:
            held = memory.read("item", kind.site, key) if isinstance(kind, Box) else PLAIN
            if kind in (Facade("encoding"), Facade("features")):
                held = one(Array(2 if kind == Facade("encoding") else None))
            for name in keyworded if key is None else keyworded & {str(key)}:
                memory.write(("parameter", node, name), held)
            if node.args.kwarg and (key is None or str(key) not in keyworded):
                memory.write(("item", node.args.kwarg, key), held)


def read_defaults(node: FunctionNode, frame: Frame) -> None:
    """Read the defaults of a function where it is defined."""
    for name, default in defaults(node).items():
        frame.memory.write(("parameter", node, name), expressions.value(default, frame))


def starting(node: FunctionNode, frame: Frame) -> None:
    """Give the names of a function's parameters their values before its body is read."""
    memory = frame.memory
    from_outside = memory.marked("exposed", node) or (frame.reading.settled and not memory.marked("called", node))
    owner = frame.scope.owner
    for number, parameter in enumerate(parameters(node)):
        if parameter is node.args.vararg:
            value = one(Box(parameter))
        elif parameter is node.args.kwarg:
            value = one(Box(parameter, keyed=True))
        elif number == 0 and owner is not None and not memory.marked("static", node):
            value = one(ClassObject(owner) if memory.marked("of class", node) else Instance(owner))
        else:
            value = memory.read("parameter", node, parameter.arg) | memory.read("annotated", node, parameter.arg)
            if from_outside and not memory.read("annotated", node, parameter.arg):
                value |= PLAIN
        if from_outside and parameter in (node.args.vararg, node.args.kwarg):
            memory.write(("item", parameter, None), PLAIN)
        frame.assign(parameter.arg, value or frame.reading.unknown)


def must_stay(arguments: Given, where: str, frame: Frame) -> None:
    """Refuse what must be followed and goes where it cannot be; remember what else went there."""
    for kind in frame.memory.followed(arguments.all, results=True):
        frame.refuse(arguments.node, f"{spoken(kind)} goes to {where}, which is not followed")
    expose(arguments.all, frame)


def expose(value: Value, frame: Frame) -> None:
    """A library has these now: it may call the functions and hand the objects back."""
    waiting, seen = list(value), set(value)
    while waiting:
        match waiting.pop():
            case Function(node):
                frame.memory.mark("exposed", node)
            case ClassObject(node):
                frame.memory.mark("foreign base", node)
            case Instance(node):
                frame.memory.mark("escaped", node)
            case Box() as box:
                inner = frame.memory.elements(box) - seen
                seen |= inner
                waiting += inner


def allows(allowed: Allowed, value: Value) -> bool:
    """All values that an option may have are among those under which it means the same."""
    if not isinstance(allowed, Only):
        return True
    stands_for: dict[Kind, str] = {Facade("device"): "cpu", Facade("float32"): "float32"}
    for kind in value:
        given_value = kind.value if isinstance(kind, Const) else stands_for.get(kind, kind)
        if not any(_same(given_value, each) for each in allowed.values):
            return False
    return True


def _same(one_value: object, other: object) -> bool:
    """Equal, where True is not 1."""
    return one_value == other and isinstance(one_value, bool) == isinstance(other, bool)
