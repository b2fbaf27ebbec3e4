"""TensorFlow 1's way: a frozen graph is parsed, imported into a graph, and run in a session.

Names are those of the original network, as far as its inputs and what the service fetched are concerned; other nodes of
it are gone.
"""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from jettison_runtime.tensor_model import TensorModel, TensorSpec, checked

from .eager import DType
from .place import model_of_bytes


class GraphDef:
    """A network as it is read from a file."""

    def __init__(self) -> None:
        self.model: TensorModel | None = None

    def ParseFromString(self, serialized: bytes) -> int:  # noqa: N802  (protobuf's name)
        """Find the converted model that stands for the network; gives the number of bytes."""
        self.model = model_of_bytes(bytes(serialized))
        return len(serialized)

    @classmethod
    def FromString(cls, serialized: bytes) -> GraphDef:  # noqa: N802  (protobuf's name)
        """A new one, parsed."""
        made = cls()
        made.ParseFromString(serialized)
        return made


@dataclass(frozen=True)
class GraphTensor:
    """An input or output of a network in a graph."""

    name: str
    """``embeddings:0``"""
    model: TensorModel = field(repr=False, compare=False)
    spec: TensorSpec = field(repr=False, compare=False)

    @property
    def dtype(self) -> DType:
        """Its number format."""
        return DType(self.spec.dtype)


@dataclass(frozen=True)
class Operation:
    """A node that gives an input or an output of a network."""

    name: str
    outputs: tuple[GraphTensor, ...]


class Graph:
    """Networks by the prefix under which they were imported."""

    def __init__(self) -> None:
        self._tensors: dict[str, GraphTensor] = {}
        self._scopes: Counter[str] = Counter()

    @contextlib.contextmanager
    def as_default(self) -> Iterator[Graph]:
        """What is imported in the body goes into this graph."""
        _entered.graphs.append(self)
        try:
            yield self
        finally:
            _entered.graphs.pop()

    def get_tensor_by_name(self, name: str) -> GraphTensor:
        """``input:0``.

        :raises KeyError: no input or output of a converted network has this name.
        """
        if name not in self._tensors:
            raise KeyError(f"the converted network has {', '.join(self._tensors)}, and not {name!r}")
        return self._tensors[name]

    def get_operation_by_name(self, name: str) -> Operation:
        """``input``, with its one output.

        :raises KeyError: no input or output of a converted network has this name.
        """
        return Operation(name=name, outputs=(self.get_tensor_by_name(f"{name}:0"),))

    def take(self, model: TensorModel, scope: str) -> str:
        """Import a network; gives what its names begin with: a scope that is taken becomes ``import_1``.

        :raises ValueError: its names are taken and it shall have no scope.
        """
        times = self._scopes[scope]
        prefix = f"{scope}_{times}/" if scope and times else f"{scope}/" if scope else ""
        named = {
            prefix + (spec.name if ":" in spec.name else f"{spec.name}:0"): spec
            for spec in (*model.inputs, *model.outputs)
        }
        if taken := sorted(named.keys() & self._tensors):
            raise ValueError(f"{taken[0]} is in the graph already: import the network under another name")
        self._scopes[scope] += 1
        for name, spec in named.items():
            self._tensors[name] = GraphTensor(name=name, model=model, spec=spec)
        return prefix


def import_graph_def(
    graph_def: GraphDef,
    input_map: Literal[None] = None,
    return_elements: Sequence[str] | None = None,
    name: str | None = None,
) -> list[GraphTensor] | None:
    """Put a network into the default graph, its names behind ``import/`` unless another prefix is given.

    :raises ValueError: nothing was parsed, or parts of it shall be replaced.
    """
    if graph_def.model is None or input_map:
        raise ValueError("import_graph_def takes a graph that was parsed, as it is")
    graph = get_default_graph()
    prefix = graph.take(graph_def.model, "import" if name is None else name)
    if return_elements is None:
        return None
    return [graph.get_tensor_by_name(prefix + each) for each in return_elements]


class Session:
    """Runs what is in a graph. Safe to use from several threads."""

    def __init__(self, target: str = "", graph: Graph | None = None, config: Any = None) -> None:
        if target:
            raise ValueError("a session computes in this process: there is no other target")
        self.graph = graph or get_default_graph()

    def run(self, fetches: Any, feed_dict: Mapping[Any, Any] | None = None) -> Any:
        """Arrays in the shape of `fetches`: a name or tensor, or lists, dicts and named tuples of them.

        :raises KeyError: a name that the converted network does not have.
        :raises ValueError: a shape that does not fit, or an input without a value.
        """
        fed = [(self._tensor(name), value) for name, value in (feed_dict or {}).items()]
        wanted = [self._tensor(each) for each in _leaves(fetches)]
        found: dict[str, Any] = {}
        for model in {id(each.model): each.model for each in wanted}.values():
            # As TensorFlow does: what is fed takes the type of what it is fed to.
            feed = {each.spec.name: np.asarray(value, each.spec.dtype) for each, value in fed if each.model is model}
            asked = [each for each in wanted if each.model is model]
            arrays = checked(feed, model.inputs)
            # An input that is fetched is what was fed.
            outputs = {each.spec.name for each in asked} - arrays.keys()
            given = {**arrays, **(model.graph.run(arrays, list(outputs)) if outputs else {})}
            found |= {each.name: given[each.spec.name] for each in asked}
        return _shaped(fetches, iter([found[each.name] for each in wanted]))

    def close(self) -> None:
        """Nothing is held."""

    @contextlib.contextmanager
    def as_default(self) -> Iterator[Session]:
        """The session of the body; its graph is not made the default one."""
        yield self

    def __enter__(self) -> Session:
        _entered.graphs.append(self.graph)
        return self

    def __exit__(self, *error: object) -> None:
        _entered.graphs.pop()

    def _tensor(self, named: Any) -> GraphTensor:
        if isinstance(named, GraphTensor):
            return named
        if not isinstance(named, str) or ":" not in named:
            raise KeyError(f"{named!r}: inputs and outputs are named as tensors here, 'input:0'")
        return self.graph.get_tensor_by_name(named)


def _leaves(fetches: Any) -> Iterator[Any]:
    if isinstance(fetches, list | tuple):
        for each in fetches:
            yield from _leaves(each)
    elif isinstance(fetches, dict):
        yield from _leaves(list(fetches.values()))
    else:
        yield fetches


def _shaped(fetches: Any, values: Iterator[Any]) -> Any:
    if isinstance(fetches, list | tuple):
        shaped = [_shaped(each, values) for each in fetches]
        return type(fetches)(*shaped) if hasattr(fetches, "_fields") else type(fetches)(shaped)
    if isinstance(fetches, dict):
        return {name: _shaped(each, values) for name, each in fetches.items()}
    return next(values)


class ConfigProto:
    """Settings of a session: they change where and how fast TensorFlow computes, and no answer."""

    def __init__(self, **options: Any) -> None:
        self.gpu_options = GPUOptions()
        for name, value in options.items():
            setattr(self, name, value)


class GPUOptions:
    """The same of a GPU; there is none."""

    def __init__(self, **options: Any) -> None:
        for name, value in options.items():
            setattr(self, name, value)


class _Entered(threading.local):
    """Graphs that are the default one in the bodies where this thread is, the innermost last."""

    def __init__(self) -> None:
        self.graphs: list[Graph] = []


_entered = _Entered()
_whole = [Graph()]
"""The graph of the whole process, where no other is the default."""


def get_default_graph() -> Graph:
    """The graph of the innermost ``with``, else that of the process."""
    return _entered.graphs[-1] if _entered.graphs else _whole[0]


def reset_default_graph() -> None:
    """Start over with an empty graph."""
    _whole[0] = Graph()
