"""The bytes of ONNX files by cause: what reads each tensor tells why it is there, and in which width."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import prod
from pathlib import Path

from ...checkpoints.onnx_file import SPARSE, Node, OnnxFile, mapped, onnx_file
from ...checkpoints.tensors import StoredTensor
from ...errors import ModelMissing, UnsafeModel
from . import reasons
from .pieces import Piece, Why
from .sameness import SMALLEST_BYTES, Sameness, Seen, again_in_eight_bits

_FLOATS = ("float32", "float64", "float16", "bfloat16")
_WHOLE = ("int8", "uint8", "int4", "uint4")
_QUANTIZED = ("Quant", "quantize", "Integer", "QLinear", "NBits", "QGemm", "QAttention", "QMoE", "BlockQuantized")
"""Parts of the names of operators that compute with, or make, whole numbers."""
_PASSING = ("Transpose", "Cast", "Identity", "Reshape", "Squeeze", "Unsqueeze", "Slice", "Concat", "Split")
"""Exporters bring the gates of an LSTM into another order while the graph runs."""
_PRODUCTS = ("MatMul", "Gemm", "Conv", "Attention", "LSTM", "GRU", "RNN", "EmbedLayerNormalization")
_TABLE_NUMBERS = 1 << 14
"""Under that a table is left as it is."""
_PADDING_BYTES = 1 << 16
"""Zeros between two tensors that are no more than alignment."""


@dataclass(kw_only=True)
class Graphs:
    """The ONNX files of one folder, one after the other."""

    root: Path
    trained: str
    """How the trained model is called in a remedy."""
    sameness: Sameness = field(default_factory=Sameness)
    claimed: dict[Path, list[tuple[int, int]]] = field(default_factory=dict)
    """File with weights → places that a graph names, start and end."""
    owners: dict[Path, Path] = field(default_factory=dict)
    """File with weights → the first graph that names it."""
    names: tuple[str, ...] = ()
    """Of the graphs' files."""

    def pieces(self, paths: Sequence[Path]) -> Iterator[Piece]:
        """Every byte of these files, and of the files beside them that they name.

        :raises ModelUnreadable, ModelMissing, UnsafeModel: a graph that is damaged, or points elsewhere.
        """
        # What holds both decoders in one comes first: it is the one to keep.
        files = [onnx_file(path) for path in sorted(paths, key=lambda path: ("merged" not in path.name, path.name))]
        self.names = tuple(found.path.name for found in files)
        for found in files:
            yield from self._graph(found)
        for path, places in self.claimed.items():
            yield from self._unclaimed(path, places)

    def _graph(self, found: OnnxFile) -> Iterator[Piece]:
        name = found.path.relative_to(self.root).as_posix()
        model = _Read(found=found)
        inside = 0
        for tensor in found.tensors:
            file = self._file(tensor, found.path)
            size = tensor.size_bytes
            if tensor.location:
                self.owners.setdefault(file, found.path)
                size = self._claim(file, tensor)
            else:
                inside += size
            if size:
                yield Piece(why=self._why(tensor, model, file, name), place=f"{tensor.name} in {name}", size_bytes=size)
        rest = found.path.stat().st_size - inside - found.documentation_bytes
        worth = found.documentation_bytes >= SMALLEST_BYTES
        documented = reasons.documentation(str(found.path)) if worth else reasons.STRUCTURE
        yield Piece(why=documented, place=name, size_bytes=found.documentation_bytes)
        yield Piece(why=reasons.STRUCTURE, place=name, size_bytes=rest)

    def _file(self, tensor: StoredTensor, path: Path) -> Path:
        if not tensor.location:
            return path
        place = Path(tensor.location)
        if place.is_absolute() or ".." in place.parts:
            raise UnsafeModel(
                f"the weights of {tensor.name!r} are said to lie at {tensor.location!r}, outside of the model's folder",
                where=str(path),
                next_step="save the model with its weights beside it",
            )
        file = path.parent / place
        if file.suffix == ".onnx":
            raise UnsafeModel(
                f"the weights of {tensor.name!r} are said to lie within a graph, {tensor.location!r}",
                where=str(path),
                next_step="save the model with its weights in a file of their own",
            )
        if not file.is_file() or file.stat().st_size < tensor.start + tensor.size_bytes:
            raise ModelMissing(
                f"the weights of {tensor.name!r} should lie in {tensor.location}, which is not there, or too short",
                where=str(file),
                next_step="copy the model with all of its files",
            )
        return file

    def _claim(self, file: Path, tensor: StoredTensor) -> int:
        """Bytes that no tensor before it lies on."""
        places = self.claimed.setdefault(file, [])
        start, end = tensor.start, tensor.start + tensor.size_bytes
        taken = sum(max(0, min(end, stop) - max(start, begin)) for begin, stop in _joined(places))
        places.append((start, end))
        return tensor.size_bytes - taken

    def _unclaimed(self, path: Path, places: list[tuple[int, int]]) -> Iterator[Piece]:
        name, size, at = path.relative_to(self.root).as_posix(), path.stat().st_size, 0
        with mapped(path) as raw:
            for start, end in [*_joined(places), (size, size)]:
                gap = start - at
                padding = gap <= _PADDING_BYTES and not any(raw[at:start])
                why = reasons.PADDING if padding else reasons.left_behind(str(self.owners[path]))
                yield Piece(why=why, place=name, size_bytes=gap)
                at = max(at, end)

    def _why(self, tensor: StoredTensor, model: _Read, file: Path, name: str) -> Why:
        if not model.is_read(tensor):
            return reasons.unread(str(model.found.path))
        if tensor.size_bytes >= SMALLEST_BYTES:
            seen = self.sameness.met(tensor, file, name, turned=tensor.shape[::-1] in model.shapes)
            if seen:
                return self._repeated(tensor, seen, model, name)
        if tensor.dtype.startswith(SPARSE):
            return reasons.SPARSE
        if tensor.dtype in _FLOATS:
            return self._floats(tensor, model, file)
        if tensor.dtype in _WHOLE and len(tensor.shape) > 1:
            return reasons.QUANTIZED
        return reasons.SCALES if model.is_scale(tensor) else reasons.WHOLE_NUMBERS

    def _floats(self, tensor: StoredTensor, model: _Read, file: Path) -> Why:
        if model.is_scale(tensor):
            return reasons.SCALES
        if tensor.size_bytes < SMALLEST_BYTES or len(tensor.shape) < 2:
            return reasons.SMALL
        if tensor.dtype == "float64":
            return reasons.DOUBLES
        readers = model.readers(tensor)
        if readers and all("Gather" in node.kind for node in readers) and prod(tensor.shape) >= _TABLE_NUMBERS:
            return self._table(tensor, model, file)
        product = _product_of(readers)
        return self._product(tensor, model, product) if product else reasons.OTHER_FLOATS

    def _table(self, tensor: StoredTensor, model: _Read, file: Path) -> Why:
        if not model.quantized:
            return reasons.floats(tensor.dtype, self._converted())
        files = {other: self._file(other, model.found.path) for other in model.whole}
        again = any(again_in_eight_bits(tensor, other, file, files[other]) for other in files)
        return (reasons.table_again if again else reasons.table)(tensor.dtype, self.trained)

    def _product(self, tensor: StoredTensor, model: _Read, product: str) -> Why:
        if not model.quantized:
            return reasons.floats(tensor.dtype, self._converted(), product=product)
        some = any(product in node.kind and _quantizes(node) for node in model.found.nodes)
        return reasons.product(product, tensor.dtype, some=some)

    def _converted(self) -> str:
        """What a remedy converts: graphs that do not work together are models of their own."""
        single = self.trained == reasons.TRAINED and not any("decoder" in each for each in self.names)
        return reasons.ANY_GRAPH if single else self.trained

    def _repeated(self, tensor: StoredTensor, seen: Seen, model: _Read, name: str) -> Why:
        if seen.owner == name:
            readers = model.readers(tensor)
            if not _product_of(readers) and not any("Gather" in node.kind for node in readers):
                return reasons.constant_twice(str(model.found.path))
            return reasons.tied(self.trained, turned=seen.turned)
        if "decoder" in seen.owner and "decoder" in name:
            return reasons.second_decoder(seen.owner, name, self.trained)
        return reasons.in_both(seen.owner, name, self.trained)


@dataclass(kw_only=True)
class _Read:
    """Who reads what in one graph."""

    found: OnnxFile
    by_input: dict[str, list[Node]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for node in self.found.nodes:
            for name in node.inputs:
                self.by_input.setdefault(name, []).append(node)
        large = [tensor for tensor in self.found.tensors if tensor.size_bytes >= SMALLEST_BYTES]
        self.shapes = {tensor.shape for tensor in large}
        self.whole = [tensor for tensor in large if tensor.dtype in ("int8", "uint8") and len(tensor.shape) == 2]
        weights = any(tensor.dtype in _WHOLE and len(tensor.shape) > 1 for tensor in self.found.tensors)
        self.quantized = weights and any(_quantizes(node) for node in self.found.nodes)

    def is_read(self, tensor: StoredTensor) -> bool:
        return tensor.name in self.by_input or tensor.name in self.found.given_back

    def is_scale(self, tensor: StoredTensor) -> bool:
        """It says what whole numbers stand for: of what computes with these all stored floats do, and one a row."""
        one_a_row = self.quantized and len(tensor.shape) == 2 and tensor.shape[1] == 1
        return one_a_row or any(_quantizes(node) for node in self.by_input.get(tensor.name, ()))

    def readers(self, tensor: StoredTensor) -> list[Node]:
        """Nodes that compute with it, also behind nodes that only pass it on."""
        found, waiting, looked = [], [tensor.name], set[str]()
        while waiting:
            name = waiting.pop()
            for node in self.by_input.get(name, ()) if name not in looked else ():
                if node.kind in _PASSING:
                    waiting += node.outputs
                else:
                    found.append(node)
            looked.add(name)
        return found


def _product_of(readers: Sequence[Node]) -> str:
    """The first of `_PRODUCTS` among them; empty when there is none."""
    return next((kind for node in readers for kind in _PRODUCTS if kind in node.kind), "")


def _quantizes(node: Node) -> bool:
    return any(part in node.kind for part in _QUANTIZED)


def _joined(places: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Places in order, those that touch or overlap as one."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(places):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found
