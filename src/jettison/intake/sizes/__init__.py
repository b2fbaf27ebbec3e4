"""A model's bytes by cause: "why is my int8 file this large?". Files are read, and nothing in them is run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ...checkpoints import safetensors, torch_pickle
from ...checkpoints.tensors import StoredTensor
from ...errors import ModelMissing, UnsafeModel
from ...records import SizeAccount
from . import reasons
from .graphs import Graphs
from .pieces import Piece, Why, causes
from .sameness import SMALLEST_BYTES, Sameness

_TENSOR_FILES = {
    ".safetensors": safetensors.stored,
    **dict.fromkeys((".bin", ".pt", ".pth", ".ckpt"), torch_pickle.stored),
}
_FRAMEWORKS = (".h5", ".msgpack", ".ot", ".tflite", ".gguf", ".pb", ".keras")
_TRAINING_NAMES = ("optimizer", "scheduler", "rng_state", "training_args", "trainer_state", "scaler.pt", "events.out.")
_TRAINING_FOLDERS = ("checkpoint-", "runs", "global_step", "logs", "wandb")
_HISTORY = (".git", ".cache", ".huggingface")
_OPTIMIZER = ("optimizer", "optim", "optimizer_states", "exp_avg", "exp_avg_sq", "momentum_buffer", "lr_schedulers")
_TEXTS = (".json", ".txt", ".md", ".model", ".yaml", ".yml", ".py", ".spm", ".bpe", ".jinja", ".vocab", ".tiktoken")


def size_account(path: Path, *, trained: str = reasons.TRAINED) -> SizeAccount:
    """Every byte of a model's file or folder under one cause.

    :param trained: how a remedy calls what is to be converted: the path itself where it can be.
    :raises ModelMissing: nothing is there.
    :raises ModelUnreadable, UnsafeModel: a file that is damaged, or that points outside of its folder.
    """
    if not path.exists():
        raise ModelMissing(f"{path} is not there", where=str(path), next_step="check the path")
    files = sorted(each for each in (path.rglob("*") if path.is_dir() else [path]) if each.is_file())
    folder = _Folder(root=path if path.is_dir() else path.parent, trained=trained, files=files)
    pieces = list(folder.pieces())
    found = SizeAccount(
        path=path,
        file_bytes=tuple(sorted(folder.sizes.items(), key=lambda each: -each[1])),
        causes=causes(pieces),
        notes=tuple(folder.notes),
    )
    assert sum(cause.size_bytes for cause in found.causes) == found.size_bytes, "bytes without a cause"
    return found


@dataclass(kw_only=True)
class _Folder:
    """A model's files, each looked at once."""

    root: Path
    trained: str
    files: Sequence[Path]
    sizes: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    sameness: Sameness = field(default_factory=Sameness)

    def pieces(self) -> Iterator[Piece]:
        """Every byte of every file, and of files of weights that only graphs name."""
        left = list(self.files)
        aside = {file: why for file in left if (why := self._aside(file))}
        graphs = [file for file in left if file.suffix == ".onnx" and file not in aside]
        reading = Graphs(root=self.root, trained=self.trained)
        yield from reading.pieces(graphs)
        done = {*graphs, *reading.claimed}
        for file in dict.fromkeys([*left, *done]):
            self.sizes[self._name(file)] = file.stat().st_size
        preferred = next((file for file in left if file.suffix == ".safetensors" and file not in aside), None)
        for file in left:
            if file in done:
                continue
            if why := aside.get(file):
                yield self._whole(file, why)
            else:
                yield from self._other(file, preferred, beside_graphs=bool(graphs))

    def _aside(self, file: Path) -> Why | None:
        folders = file.relative_to(self.root).parts[:-1]
        if any(part in _HISTORY for part in folders):
            return reasons.HISTORY
        if file.name.startswith(_TRAINING_NAMES) or any(part.startswith(_TRAINING_FOLDERS) for part in folders):
            return reasons.TRAINING
        return None

    def _other(self, file: Path, preferred: Path | None, *, beside_graphs: bool) -> Iterator[Piece]:
        read = _TENSOR_FILES.get(file.suffix)
        if preferred and file.suffix != ".safetensors" and (read or file.suffix in _FRAMEWORKS):
            yield self._whole(file, reasons.other_format(self._name(preferred)))
        elif file.suffix in _TEXTS:
            yield self._whole(file, reasons.SETTINGS)
        elif beside_graphs and (file.suffix in (".data", ".bin") or file.name.endswith(("_data", ".weight"))):
            yield self._whole(file, reasons.LEFT_BEHIND)
        elif read:
            try:
                yield from self._tensors(file, read(file))
            except UnsafeModel as refused:
                self.notes.append(f"{self._name(file)} was not looked into: {refused.what}")
                yield self._whole(file, reasons.OTHER_FILES)
        else:
            yield self._whole(file, reasons.OTHER_FILES)

    def _tensors(self, file: Path, tensors: Sequence[StoredTensor]) -> Iterator[Piece]:
        name = self._name(file)
        for tensor in tensors:
            yield Piece(why=self._why(tensor, file), place=f"{tensor.name} in {name}", size_bytes=tensor.size_bytes)
        rest = file.stat().st_size - sum(tensor.size_bytes for tensor in tensors)
        yield Piece(why=reasons.STRUCTURE, place=name, size_bytes=rest)

    def _why(self, tensor: StoredTensor, file: Path) -> Why:
        if any(part.startswith(_OPTIMIZER) for part in tensor.name.split(".")):
            return reasons.OPTIMIZER
        if tensor.size_bytes >= SMALLEST_BYTES and (
            seen := self.sameness.met(tensor, file, self._name(file), turned=False)
        ):
            if seen.owner == self._name(file):
                return reasons.tied(self.trained, turned=False)
            return reasons.in_both(seen.owner, self._name(file), self.trained)
        if tensor.dtype == "float64":
            return reasons.DOUBLES
        if tensor.dtype in ("float32", "float16", "bfloat16"):
            large = len(tensor.shape) > 1 and tensor.size_bytes >= SMALLEST_BYTES
            return reasons.checkpoint(tensor.dtype, self.trained) if large else reasons.SMALL
        return reasons.WHOLE_NUMBERS if tensor.dtype.startswith(("int64", "int32")) else reasons.QUANTIZED

    def _whole(self, file: Path, why: Why) -> Piece:
        return Piece(why=why, place=self._name(file), size_bytes=file.stat().st_size)

    def _name(self, file: Path) -> str:
        return file.relative_to(self.root).as_posix()
