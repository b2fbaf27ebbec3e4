"""The normal form of a graph: what every other form is made from.

Weights that are listed as inputs become constants, the operator set a current one, a batch that was fixed at export
free, constants are folded and batch norms fused. Each of these is an attempt: what does not give the same numbers as
the graph as found is not done, and that is said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jettison.runtimes.onnx_graphs import GraphRefused, Running, folded

from .agreement import worst_difference
from .rewriting import without_leaks
from .stored import packed, save

if TYPE_CHECKING:
    import onnx
    from numpy.typing import NDArray

Feed = Mapping[str, "NDArray[Any]"]
Answer = Mapping[str, "NDArray[Any]"]

OPSET = 17
"""The operator set that graphs are brought to: the first with everything that the quantizers write."""
_DECAYED, _NO_SHARE = 1e-30, 1e-9
"""A weight under the first is a remain of training; one under that share of its tensor's largest changes no result."""
_MOST_GROWTH = 1.05
_SAME = 1e-3
"""Largest difference, as a share of the largest number, that is rounding."""
BATCH = "batch"


def normalized(
    source: Path, into: Path, feeds: Sequence[Feed], answers: Sequence[Answer], *, upgrade: bool
) -> list[str]:
    """Write the normal form to `into`; gives back what was done, a step a line.

    :param feeds: a few rows, and `answers` what the graph as found gives to them.
    """
    import onnx

    model = onnx.load(str(source))
    packed(model)
    done = []
    if freed_initializers(model):
        done.append("weights that were listed as inputs are constants")
    scratch = into.with_name("scratch.onnx")
    attempts: tuple[tuple[Callable[[onnx.ModelProto], onnx.ModelProto | None], str], ...] = (
        (_upgraded, f"operator set {OPSET}"),
        (_batched, "any batch size, instead of a fixed one"),
        (cleared, "weights too small to change a result are zero: numbers near the end of the range compute slowly"),
    )
    for attempt, note in attempts:
        if attempt is _upgraded and not upgrade:
            continue
        changed = attempt(model)
        if changed is None:
            continue
        save(changed, scratch)
        check = _serves_batches if attempt is _batched else _serves
        if reason := check(scratch, feeds, answers):
            done.append(f"not done: {note} ({reason})")
        else:
            model = changed
            done.append(note)
    save(model, scratch)
    folded(scratch, into)
    reason = _serves(into, feeds, answers)
    if _stored_bytes(into) > _MOST_GROWTH * _stored_bytes(scratch):
        reason = reason or "constants would take more room than what they are made from"
    smaller = onnx.load(str(into))
    packed(smaller)
    if reason:
        save(model, into)
        done.append(f"not done: folding constants and batch norms ({reason})")
    else:
        _only_used_operators(smaller)
        done.append(f"constants and batch norms folded: {len(model.graph.node)} nodes are {len(smaller.graph.node)}")
        model = smaller
        save(model, into)
    return done + _without_leaks(model, into, feeds, answers)


def _without_leaks(model: onnx.ModelProto, into: Path, feeds: Sequence[Feed], answers: Sequence[Answer]) -> list[str]:
    """PRelu in faster operators: in `into` for floats, beside it (`eight_bits`) for 8 bits."""
    done = []
    for split, path, word in ((True, eight_bits(into), "for 8 bits"), (False, into, "for floats")):
        plain = without_leaks(model, split=split)
        if plain is None:
            continue
        scratch = into.with_name("scratch.onnx")
        save(plain, scratch)
        if reason := _serves(scratch, feeds, answers):
            done.append(f"not done: leaky activations (PRelu) in faster operators {word} ({reason})")
            continue
        save(plain, path)
        done.append(f"leaky activations (PRelu) in faster operators {word}")
    return done


def _stored_bytes(path: Path) -> int:
    """Of a graph and its weights."""
    weights = path.with_name(f"{path.name}.data")
    return path.stat().st_size + (weights.stat().st_size if weights.is_file() else 0)


def eight_bits(normal: Path) -> Path:
    """The graph that 8 bits are made from, where it is another than the normal form."""
    return normal.with_name("eight.onnx")


def _only_used_operators(model: onnx.ModelProto) -> None:
    """The optimiser lists every set of operators that it knows."""
    used = {"", *(node.domain for node in model.graph.node)} | {function.domain for function in model.functions}
    for each in [each for each in model.opset_import if each.domain not in used]:
        model.opset_import.remove(each)


def save_answers(path: Path, rows: Sequence[int], answers: Sequence[Answer]) -> None:
    """Keep what the graph as found gives to some rows."""
    import numpy as np

    arrays = {
        f"{row}:{name}": array for row, answer in zip(rows, answers, strict=True) for name, array in answer.items()
    }
    np.savez(path, allow_pickle=False, **arrays)


def load_answers(path: Path, rows: Sequence[int]) -> list[Answer]:
    """What was kept for these rows."""
    import numpy as np

    with np.load(path, allow_pickle=False) as found:
        wanted = set(rows)
        answers: dict[int, dict[str, NDArray[Any]]] = {row: {} for row in rows}
        for key in found.files:
            row, _, name = key.partition(":")
            if int(row) in wanted:
                answers[int(row)][name] = found[key]
    return [answers[row] for row in rows]


def freed_initializers(model: onnx.ModelProto) -> bool:
    """Old exporters list weights as inputs, which keeps a runtime from folding them."""
    stored = {tensor.name for tensor in model.graph.initializer}
    listed = [value for value in model.graph.input if value.name in stored]
    for value in listed:
        model.graph.input.remove(value)
    return bool(listed)


def _upgraded(model: onnx.ModelProto) -> onnx.ModelProto | None:
    """The graph in a current operator set; None when it is, or when no way leads there."""
    from onnx import version_converter

    version = next((each.version for each in model.opset_import if each.domain in ("", "ai.onnx")), OPSET)
    if version >= OPSET:
        return None
    try:
        changed = version_converter.convert_version(model, OPSET)
    except (RuntimeError, version_converter.ConvertError):
        return None
    changed.ir_version = max(changed.ir_version, 8)
    return changed


def _batched(model: onnx.ModelProto) -> onnx.ModelProto | None:
    """The graph with a free first dimension; None when it is free already or there is none to be seen."""
    import onnx
    from onnx import numpy_helper

    values = [*model.graph.input, *model.graph.output]
    firsts = [value.type.tensor_type.shape.dim[:1] for value in values]
    sizes = {dims[0].dim_value for dims in firsts if dims}
    if len(sizes) != 1 or not all(firsts) or min(sizes) < 1:
        return None
    size = sizes.pop()
    changed = onnx.ModelProto()
    changed.CopyFrom(model)
    for value in (*changed.graph.input, *changed.graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = BATCH
    del changed.graph.value_info[:]
    shapes = {tensor.name: tensor for tensor in changed.graph.initializer}
    constants = {node.output[0]: node.attribute[0].t for node in changed.graph.node if _holds_tensor(node)}
    for node in changed.graph.node:
        stored = shapes.get(node.input[1]) or constants.get(node.input[1]) if node.op_type == "Reshape" else None
        if stored is None:
            continue
        wanted = numpy_helper.to_array(stored).copy()
        if wanted.ndim == 1 and len(wanted) and wanted[0] == size:
            wanted[0] = 0 if -1 in wanted[1:] else -1
            stored.CopyFrom(numpy_helper.from_array(wanted, stored.name))
    return changed


def cleared(model: onnx.ModelProto) -> onnx.ModelProto | None:
    """The graph without the remains of weights that decayed in training; None when it has none.

    They and what is computed from them are denormal numbers, for which a CPU takes a hundred times as long.
    """
    import numpy as np
    import onnx
    from onnx import numpy_helper

    changed = None
    for place, tensor in enumerate(model.graph.initializer):
        if tensor.data_type != tensor.FLOAT:
            continue
        array = numpy_helper.to_array(tensor)
        sizes = np.abs(array)
        if not ((sizes > 0) & (sizes < _DECAYED)).any():
            continue
        if changed is None:
            changed = onnx.ModelProto()
            changed.CopyFrom(model)
        clear = np.where(sizes < sizes.max() * _NO_SHARE, np.float32(0), array)
        changed.graph.initializer[place].CopyFrom(numpy_helper.from_array(clear, tensor.name))
    return changed


def _holds_tensor(node: Any) -> bool:
    return node.op_type == "Constant" and len(node.attribute) == 1 and node.attribute[0].name == "value"


def _serves(path: Path, feeds: Sequence[Feed], answers: Sequence[Answer]) -> str | None:
    """Why the graph does not give those answers; None when it does."""
    try:
        running = Running(path)
        got = [running.run(feed) for feed in feeds]
    except GraphRefused as cause:
        return str(cause)
    worst = max(worst_difference(one, other) for one, other in zip(answers, got, strict=True))
    return None if worst <= _SAME else f"its numbers would be off by {worst:.2%}"


def _serves_batches(path: Path, feeds: Sequence[Feed], answers: Sequence[Answer]) -> str | None:
    """Rows together give what they give apart."""
    import numpy as np

    if reason := _serves(path, feeds, answers):
        return reason
    rows = range(min(3, len(feeds)))
    if len(rows) < 2:
        return "two rows are needed to see whether it is safe"
    feed = {name: np.concatenate([feeds[row][name] for row in rows]) for name in feeds[0]}
    answer = {name: np.concatenate([answers[row][name] for row in rows]) for name in answers[0]}
    return _serves(path, [feed], [answer])
