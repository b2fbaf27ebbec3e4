"""A model's bytes by cause: "why is my int8 file this large?". Files are read, and nothing in them is run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ...checkpoints import safetensors, torch_pickle
from ...checkpoints.tensors import StoredTensor
from ...errors import ModelMissing, ModelUnreadable, UnsafeModel
from ...records import SizeAccount
from . import reasons
from .graphs import Graphs
from .pieces import Piece, Why, causes
from .sameness import SMALLEST_BYTES, Sameness, Seen

_TORCH = (".bin", ".pt", ".pth", ".jit", ".ckpt")
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
    files = _files(path) if path.is_dir() else [path]
    if not any(file.stat().st_size for file in files):
        what = "the folder holds no bytes" if path.is_dir() else "the file is empty"
        raise ModelUnreadable(what, where=str(path), next_step="copy it again, whole")
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
    graphs: set[str] = field(default_factory=set)
    """Names of the graphs among them."""

    def pieces(self) -> Iterator[Piece]:
        """Every byte of every file, and of files of weights that only graphs name."""
        left = list(self.files)
        aside = {file: why for file in left if (why := self._aside(file))}
        graphs = [file for file in left if file.suffix == ".onnx" and file not in aside]
        self.graphs = {self._name(file) for file in graphs}
        reading = Graphs(root=self.root, trained=self.trained, sameness=self.sameness)
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
                yield from self._other(file, preferred)

    def _aside(self, file: Path) -> Why | None:
        folders = file.relative_to(self.root).parts[:-1]
        if any(part in _HISTORY for part in folders):
            return reasons.HISTORY
        if file.name.startswith(_TRAINING_NAMES) or any(part.startswith(_TRAINING_FOLDERS) for part in folders):
            return reasons.TRAINING
        return None

    def _other(self, file: Path, preferred: Path | None) -> Iterator[Piece]:
        read = _reader(file)
        if preferred and file.suffix != ".safetensors" and (read or file.suffix in _FRAMEWORKS):
            yield self._whole(file, reasons.other_format(self._name(preferred)))
        elif read:
            try:
                yield from self._tensors(file, read(file))
            except UnsafeModel as refused:
                self.notes.append(f"{self._name(file)} was not looked into: {refused.what}")
                yield self._whole(file, reasons.OTHER_FILES)
        elif file.suffix in _TEXTS:
            yield self._whole(file, reasons.SETTINGS)
        else:
            left = self.graphs and (file.suffix in (".data", ".bin") or file.name.endswith(("_data", ".weight")))
            yield self._whole(file, reasons.LEFT_BEHIND if left else reasons.OTHER_FILES)

    def _tensors(self, file: Path, tensors: Sequence[StoredTensor]) -> Iterator[Piece]:
        name = self._name(file)
        for tensor in tensors:
            yield Piece(why=self._why(tensor, file), place=f"{tensor.name} in {name}", size_bytes=tensor.size_bytes)
        rest = file.stat().st_size - sum(tensor.size_bytes for tensor in tensors)
        yield Piece(why=reasons.STRUCTURE, place=name, size_bytes=rest)

    def _why(self, tensor: StoredTensor, file: Path) -> Why:
        if any(part.startswith(_OPTIMIZER) for part in tensor.name.split(".")):
            return reasons.OPTIMIZER
        name = self._name(file)
        large = tensor.size_bytes >= SMALLEST_BYTES
        if large and (seen := self.sameness.met(tensor, file, name, turned=bool(self.graphs))):
            return self._repeated(seen, name)
        if tensor.dtype == "float64":
            return reasons.DOUBLES
        if tensor.dtype in ("float32", "float16", "bfloat16"):
            large = large and len(tensor.shape) > 1
            return reasons.checkpoint(tensor.dtype, self.trained) if large else reasons.SMALL
        return reasons.WHOLE_NUMBERS if tensor.dtype.startswith(("int64", "int32")) else reasons.QUANTIZED

    def _repeated(self, seen: Seen, name: str) -> Why:
        if seen.owner == name:
            return reasons.tied(self.trained, turned=seen.turned)
        if seen.owner in self.graphs:
            return reasons.beside(seen.owner, name)
        return reasons.in_both(seen.owner, name, self.trained)

    def _whole(self, file: Path, why: Why) -> Piece:
        return Piece(why=why, place=self._name(file), size_bytes=file.stat().st_size)

    def _name(self, file: Path) -> str:
        return file.relative_to(self.root).as_posix()


def _files(folder: Path) -> list[Path]:
    """Those within, each once: a link to one of them takes no bytes of its own."""
    files = sorted(each for each in folder.rglob("*") if each.is_file())
    own = {each.resolve() for each in files if not each.is_symlink()}
    return [each for each in files if not (each.is_symlink() and each.resolve() in own)]


def _reader(file: Path) -> Callable[[Path], Sequence[StoredTensor]] | None:
    """What reads a checkpoint; by its first bytes where its name says little, as ``.bin`` does."""
    if file.suffix == ".safetensors":
        return safetensors.stored
    with file.open("rb") as opened:
        torch = opened.read(4).startswith((b"PK\x03\x04", b"\x80\x02"))
    return torch_pickle.stored if torch and file.suffix in _TORCH else None
