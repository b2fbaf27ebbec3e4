"""Writing ONNX graphs by hand: nodes in order, small constants inline, every large tensor once in one weights file.

Source of the operator forms: ONNX Runtime's contrib operators (docs/ContribOperators.md), opset ``com.microsoft`` 1.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import onnx
    from numpy.typing import NDArray

MICROSOFT = "com.microsoft"
_OPSET, _IR_VERSION = 17, 9
_INLINE_BYTES = 1024
_PAGE = 4096


class WeightsFile:
    """The one file that all graphs of a model folder share. The same bytes are written once, whoever asks."""

    def __init__(self, path: Path, alignment: int = _PAGE) -> None:
        self.path = path
        self._alignment = alignment
        self._file = path.open("wb")
        self._places: dict[bytes, tuple[int, int]] = {}

    def __enter__(self) -> WeightsFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def place(self, array: NDArray[Any]) -> tuple[int, int]:
        """Offset and length of the array's bytes. Offsets are aligned, to pages where nothing else is asked."""
        import numpy as np

        raw = np.ascontiguousarray(array).tobytes()
        key = hashlib.sha256(raw).digest()
        if key not in self._places:
            self._file.write(bytes(-self._file.tell() % self._alignment))
            self._places[key] = (self._file.tell(), len(raw))
            self._file.write(raw)
        return self._places[key]


class Graph:
    """One graph in the making. Every method that adds a node gives back the name of its output."""

    def __init__(self, weights: WeightsFile | None = None, *, prefix: str = "") -> None:
        self._weights = weights
        self._prefix = prefix
        self._nodes: list[onnx.NodeProto] = []
        self._initializers: dict[str, onnx.TensorProto] = {}
        self._count = 0

    def constant(self, array: NDArray[Any], name: str = "") -> str:
        """A tensor of the graph: inline when small, else in the weights file."""
        import numpy as np
        from onnx import numpy_helper

        name = name or self._new("c")
        if array.nbytes <= _INLINE_BYTES:
            self._initializers[name] = numpy_helper.from_array(np.asarray(array, order="C"), name)
        else:
            self._initializers[name] = self._external(array, name)
        return name

    def integers(self, *values: int) -> str:
        """A one-dimensional int64 constant; the same one for the same values."""
        import numpy as np

        name = "i" + "_".join(str(value) for value in values)
        return name if name in self._initializers else self.constant(np.array(values, np.int64), name)

    def scalar(self, value: int) -> str:
        """An int64 constant without a dimension."""
        import numpy as np

        name = f"s{value}"
        return name if name in self._initializers else self.constant(np.array(value, np.int64), name)

    def number(self, value: float) -> str:
        """A 32-bit float without a dimension."""
        import numpy as np

        name = f"f{value}"
        return name if name in self._initializers else self.constant(np.array(value, np.float32), name)

    def either(self, condition: str, then: Callable[[Graph], str], otherwise: Callable[[Graph], str]) -> str:
        """The output of one of two graphs, which may read everything that this one has so far."""
        branches = {name: self._branch(write) for name, write in (("then_branch", then), ("else_branch", otherwise))}
        return self.op("If", condition, **branches)

    def op(self, kind: str, *inputs: str, domain: str = "", name: str = "", **attributes: Any) -> str:
        """A node with one output, called `name` when given."""
        return self.ops(kind, *inputs, outputs=[name or self._new("t")], domain=domain, **attributes)[0]

    def ops(
        self, kind: str, *inputs: str, outputs: Sequence[str] | int, domain: str = "", **attributes: Any
    ) -> list[str]:
        """A node with several outputs: their names, or how many. An empty name is an output that nobody reads."""
        from onnx import helper

        names = [self._new("t") for _ in range(outputs)] if isinstance(outputs, int) else list(outputs)
        self._nodes.append(helper.make_node(kind, list(inputs), names, domain=domain, **attributes))
        return names

    def model(self, inputs: Sequence[onnx.ValueInfoProto], outputs: Sequence[onnx.ValueInfoProto]) -> onnx.ModelProto:
        """The finished model."""
        from onnx import helper

        graph = helper.make_graph(self._nodes, "jettison", inputs, outputs, list(self._initializers.values()))
        opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(MICROSOFT, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=_IR_VERSION, producer_name="jettison")

    def _branch(self, write: Callable[[Graph], str]) -> onnx.GraphProto:
        from onnx import helper

        self._count += 1
        inner = Graph(self._weights, prefix=f"{self._prefix}b{self._count}_")
        output = helper.make_empty_tensor_value_info(write(inner))
        return helper.make_graph(inner._nodes, "branch", [], [output], list(inner._initializers.values()))

    def _external(self, array: NDArray[Any], name: str) -> onnx.TensorProto:
        from onnx import TensorProto, helper

        assert self._weights is not None, "a graph with large tensors needs a weights file"
        offset, length = self._weights.place(array)
        kind = helper.np_dtype_to_tensor_dtype(array.dtype)
        tensor = TensorProto(name=name, dims=array.shape, data_type=kind, data_location=TensorProto.EXTERNAL)
        for key, value in (("location", self._weights.path.name), ("offset", offset), ("length", length)):
            tensor.external_data.add(key=key, value=str(value))
        return tensor

    def _new(self, prefix: str) -> str:
        self._count += 1
        return f"{self._prefix}{prefix}{self._count}"


def tensor(name: str, kind: str, shape: Sequence[str | int]) -> onnx.ValueInfoProto:
    """An input or output of a graph; `kind` is ``FLOAT``, ``INT64`` or ``INT32``."""
    from onnx import TensorProto, helper

    return helper.make_tensor_value_info(name, TensorProto.DataType.Value(kind), list(shape))
