"""What a value of the service can be, as far as reading tells."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from jettison.adapt.known.packages import REPLACED
from jettison.adapt.known.sorts import MODELS, PIPELINES, Sort

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(frozen=True)
class Plain:
    """Ordinary Python data, or an object of a library that has nothing to do with torch."""


@dataclass(frozen=True)
class Const:
    """A literal. `gpu`: it follows from there being no GPU, so what it decides is decided for good."""

    text: str
    gpu: bool = False

    @property
    def value(self) -> object:
        """The literal's value."""
        found: object = ast.literal_eval(self.text)
        return found


@dataclass(frozen=True)
class Facade:
    """An object that transformers or torch makes and the facade has too."""

    sort: Sort


@dataclass(frozen=True)
class Array:
    """A tensor, in the adapted app one of the runtime's."""

    depth: int | None
    """Its number of dimensions; None when not known."""


@dataclass(frozen=True)
class Foreign:
    """Something imported that is not the service's own: ``torch.cuda``, ``flask.g``, ``builtins.print``."""

    path: str

    @property
    def package(self) -> str:
        """The first part of the path."""
        return self.path.partition(".")[0]

    @property
    def replaced(self) -> bool:
        """It is of a package that the adapted app does without."""
        return self.package in REPLACED


@dataclass(frozen=True)
class ModuleObject:
    """A module of the service."""

    name: str


@dataclass(frozen=True)
class Function:
    """A function of the service, bound to an object or not."""

    node: FunctionNode
    bound: Instance | ClassObject | None = None


@dataclass(frozen=True)
class ClassObject:
    """A class of the service."""

    node: ast.ClassDef


@dataclass(frozen=True)
class Instance:
    """An object of a class of the service. `above`: seen through ``super()``."""

    node: ast.ClassDef
    above: bool = False


@dataclass(frozen=True)
class Box:
    """A list, tuple, set, dict or generator, told apart by the place that makes it."""

    site: ast.AST | str
    keyed: bool = False
    """A dict: going through it gives its keys."""


@dataclass(frozen=True)
class Method:
    """A method taken from a value, not called yet."""

    owner: Facade | Array | Box | Const | Holder
    name: str


@dataclass(frozen=True)
class Holder:
    """``app.state`` and its like: an object of a framework that keeps what the service puts in."""

    name: str


@dataclass(frozen=True)
class Later:
    """A function of no arguments whose result is known: what ``functools.partial`` gives."""

    result: Value


Kind = (
    Plain
    | Const
    | Facade
    | Array
    | Foreign
    | ModuleObject
    | Function
    | ClassObject
    | Instance
    | Box
    | Method
    | Holder
    | Later
)
Value = frozenset[Kind]
"""All that an expression may be; empty where it is never reached."""

PLAIN: Value = frozenset({Plain()})
NOTHING: Value = frozenset()


def one(kind: Kind) -> Value:
    """A value that is surely of this kind."""
    return frozenset({kind})


def literal(value: object, *, gpu: bool = False) -> Value:
    """The value of a literal; plain data when it has no short text."""
    if value is None or isinstance(value, (bool, int, float)) or (isinstance(value, str) and len(value) < 200):
        return one(Const(repr(value), gpu))
    return PLAIN


def facade(sort: Sort) -> Value:
    """A value that is surely the facade's."""
    return one(Facade(sort))


def is_none(kind: Kind) -> bool:
    """The kind is None."""
    return isinstance(kind, Const) and kind.text == "None"


def present(value: Value) -> Value:
    """Without None: what is left when something is done with it that None does not have."""
    return frozenset(kind for kind in value if not is_none(kind))


def constants(value: Value) -> tuple[object, ...] | None:
    """The literals that it may be; None when it may be anything else."""
    found = [kind.value for kind in value if isinstance(kind, Const)]
    return tuple(found) if len(found) == len(value) else None


def truth(value: Value) -> bool | None:
    """Whether it is true for good because there is no GPU; None when that is open."""
    if not value or not all(isinstance(kind, Const) and kind.gpu for kind in value):
        return None
    answers = {bool(kind.value) for kind in value if isinstance(kind, Const)}
    return answers.pop() if len(answers) == 1 else None


def spoken(kind: Kind) -> str:  # noqa: PLR0911, PLR0912
    """A kind in words, for a reason."""
    match kind:
        case Facade("device"):
            return "a torch device"
        case Facade("float32" | "dtype"):
            return "a torch type"
        case Facade("generation_config"):
            return "a generation config"
        case Facade("shape"):
            return "the shape of a tensor"
        case Facade("parameters"):
            return "a model's parameters"
        case Facade("encoding" | "lists"):
            return "a tokenizer's answer"
        case Facade("features"):
            return "what is made of pictures or sounds"
        case Facade("image_processor"):
            return "an image processor"
        case Facade("feature_extractor"):
            return "a feature extractor"
        case Facade("classified" | "tagged" | "spans" | "filled" | "states" | "image_states" | "projected"):
            return "a model's output"
        case Facade("found"):
            return "several tensors"
        case Facade("eager" | "graph_tensor"):
            return "a tensor"
        case Facade("keras_model" | "saved_model"):
            return "a model"
        case Facade("tf_dtype"):
            return "a number format"
        case Facade("graph_def" | "graph_operation" | "signatures" as sort):
            return {"graph_def": "a frozen graph", "graph_operation": "a node of a graph"}.get(
                sort, "a model's signatures"
            )
        case Facade(sort) if sort in MODELS - {"model"}:
            return "a model"
        case Facade(sort) if sort in PIPELINES:
            return "a pipeline"
        case Facade(sort):
            return f"a {sort}"
        case Array():
            return "a tensor"
        case Foreign(path):
            return path
        case Method(owner, name):
            return f"{spoken(owner)}'s .{name}"
        case Function(ast.Lambda()):
            return "a function"
        case Function(ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name)):
            return f"{name}()"
        case _:
            return "a value"
