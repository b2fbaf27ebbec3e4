"""Models of other frameworks to ONNX, in an environment of their own and a limited child process.

The framework that a model was written with exports it, and answers to the samples itself: what the exported graph gives
is held against that, and a graph that differs goes no further. Nothing of a model is imported or unpickled outside.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import time
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jettison.convert.json_files import json_object
from jettison.environments import Prepared, Wanted, prepared
from jettison.errors import ModelMissing, ModelUnreadable, RequestsMissing, UnsafeModel, UnsupportedModel
from jettison.records import Progress, Steps
from jettison.sandbox.limited import Limits, ran
from jettison.workspace import Workspace, code_digest, digest, file_digest, tree_digest

__all__ = ["Export", "Exporter", "export", "is_graph", "kind_of"]

_TORCH = ("numpy", "onnx", "onnxscript", "torch")
_PROGRAMS = Path(__file__).parent
_FACTORY = re.compile(r"[\w./-]+:[A-Za-z_]\w*")


@dataclass(frozen=True, kw_only=True)
class Exporter:
    """What exports one kind of model."""

    kind: str
    """In words, and for the program."""
    program: str
    requirements: tuple[str, ...]


_TENSORFLOW = ("numpy", "tensorflow-cpu", "tf2onnx")
FROZEN, SAVED, KERAS = (
    Exporter(kind=kind, program="with_tensorflow.py", requirements=_TENSORFLOW)
    for kind in ("frozen graph", "SavedModel", "Keras")
)
MODULE, SCRIPT = (
    Exporter(kind=kind, program="with_torch.py", requirements=_TORCH) for kind in ("torch module", "TorchScript")
)
TRANSFORMERS, TIMM = (
    Exporter(kind=kind, program="with_torch.py", requirements=(*_TORCH, kind)) for kind in ("transformers", "timm")
)


def kind_of(model: str) -> Exporter | None:
    """What exports a model, by what it is; None for an ONNX file, which is what it shall become.

    :raises ModelMissing: there is nothing of that name.
    :raises UnsafeModel: a pickle, which may hold anything.
    :raises UnsupportedModel: weights without the code that computes with them, or a folder of no known kind.
    """
    path = Path(model)
    if not path.exists():
        if _FACTORY.fullmatch(model) and model.count(":") == 1:
            return MODULE
        raise ModelMissing(f"{model} is not there", where=model, next_step="check the path")
    if path.is_dir():
        return _folder(path)
    with path.open("rb") as file:
        start = file.read(8)
    if start.startswith(b"\x89HDF"):
        return KERAS
    if start.startswith(b"PK"):
        return _archive(path)
    if start[:1] == b"\x80" and start[1:2] in b"\x02\x03\x04\x05":
        raise UnsafeModel(
            f"{path.name} is a pickle, which runs code of its own when it is read; it was not read",
            where=str(path),
            next_step="give the code as module:factory (a function that makes the model and loads its weights), "
            "or save it with torch.jit.save or torch.onnx.export",
        )
    return FROZEN if path.suffix == ".pb" else None


def is_graph(model: Path) -> bool:
    """Whether a model is converted as a graph: every file, a module, and folders of models for pictures or sounds.

    What is missing from any other folder the conversion of text models says itself.
    """
    if not model.is_dir():
        return model.exists() or ":" in model.name or bool(model.suffix)
    if (model / "saved_model.pb").is_file():
        return True
    if any(
        (model / name).is_file() for name in ("tokenizer.json", "tokenizer_config.json", "spiece.model", "vocab.txt")
    ):
        return False
    return (model / "preprocessor_config.json").is_file() or _is_timm(_config(model))


def _folder(path: Path) -> Exporter:
    if (path / "saved_model.pb").is_file():
        return SAVED
    config = _config(path)
    if "model_type" in config:
        return TRANSFORMERS
    if _is_timm(config):
        return TIMM
    raise UnsupportedModel(
        f"{path} holds neither a SavedModel nor a config.json of transformers or timm",
        where=str(path),
        next_step="give the folder that `save_pretrained` or `tf.saved_model.save` wrote, or the model's file",
    )


def _config(folder: Path) -> dict[str, Any]:
    return json_object(folder / "config.json")


def _is_timm(config: Mapping[str, Any]) -> bool:
    return "model_type" not in config and isinstance(config.get("architecture"), str)


def _archive(path: Path) -> Exporter:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError) as cause:
        raise ModelUnreadable(
            f"{path.name} is a truncated archive", where=str(path), next_step="copy it again"
        ) from cause
    if "model.weights.h5" in names and "config.json" in names:
        return KERAS
    if any(name.endswith("/constants.pkl") for name in names) and any("/code/" in name for name in names):
        return SCRIPT
    what = (
        "weights of torch without the code that computes with them"
        if _has_pickle(names)
        else "an archive of no known kind"
    )
    raise UnsupportedModel(
        f"{path.name} holds {what}",
        where=str(path),
        next_step="give the code as module:factory: a function that makes the model and loads its weights",
    )


def _has_pickle(names: Sequence[str]) -> bool:
    return any(name.endswith("data.pkl") for name in names)


@dataclass(frozen=True, kw_only=True)
class Export:
    """One model with what exports it, in its environment."""

    exporter: Exporter
    model: str
    environment: Prepared
    workspace: Workspace
    data: Path | None = None
    """``.npz``; some models can only be followed on samples."""
    tensors: tuple[str, ...] = ()
    """Of a frozen graph: names of tensors that are asked for, among others that it does not have."""

    def graph(self) -> Steps[Path]:
        """The ONNX file.

        :raises UnsupportedModel: the framework cannot read or export it, with its reason.
        :raises RequestsMissing: samples are needed, or the given ones cannot be read.
        """
        folder = yield from self._done("export", {"names": list(self._samples())})
        return folder / "model.onnx"

    def answers(self, ranks: dict[str, int], rows: Sequence[int], arrays: Path) -> Steps[Path]:
        """What the framework itself gives to some rows.

        :param ranks: number of dimensions by input, in the order of the files in `arrays`.
        """
        files = {name: str(arrays / f"{place}.npy") for place, name in enumerate(ranks)}
        facts = {"names": list(ranks), "ranks": ranks, "rows": list(rows), "samples": files}
        folder = yield from self._done("answer", facts)
        return folder / "answers.npz"

    def _samples(self) -> dict[str, Any]:
        import numpy as np

        if self.data is None:
            return {}
        try:
            with self.data.open("rb") as file, np.load(file, allow_pickle=False) as found:
                return {name: found[name] for name in found.files}
        except (OSError, ValueError, EOFError, AttributeError, TypeError, zipfile.BadZipFile) as cause:
            raise RequestsMissing(
                f"{self.data.name} cannot serve as samples: {cause}",
                where=str(self.data),
                next_step="write it with numpy.savez(file, NAME=array, …): a row a sample, names as in forward()",
            ) from cause

    def _done(self, do: str, facts: dict[str, Any]) -> Steps[Path]:
        path = self.model.rpartition(":")[0] if self.exporter is MODULE else self.model
        # What a module's code imports and loads cannot be told without running it: it is never taken from the cache.
        content = str(time.time_ns()) if self.exporter is MODULE else _content(Path(path))
        key = digest(
            do,
            self.exporter.kind,
            self.model,
            content,
            self.environment.folder.name,
            facts,
            self.tensors,
            file_digest(self.data) if self.data else "",
            code_digest(),
        )

        def fill(into: Path) -> Steps[None]:
            import numpy as np

            yield Progress(step="convert", note=f"{self.exporter.kind}: {do}")
            place = into / "job"
            place.mkdir()
            job = {"do": do, "kind": self.exporter.kind, "into": str(into), "samples": {}, "ranks": {}, **facts}
            job["tensors"] = list(self.tensors)
            # A file's path holds from anywhere, which the name of a module does not need.
            is_file = self.exporter is not MODULE or path.endswith(".py")
            job["path"] = str(Path(self.model).absolute()) if is_file else self.model
            if do == "export":
                for number, (name, array) in enumerate(self._samples().items()):
                    np.save(place / f"{number}.npy", array, allow_pickle=False)
                    job["samples"][name] = str(place / f"{number}.npy")
            (place / "job.json").write_text(json.dumps(job), encoding="utf-8")
            program = place / self.exporter.program
            shutil.copyfile(_PROGRAMS / self.exporter.program, program)
            ended = yield from ran(
                [str(self.environment.python), str(program), str(place / "job.json")],
                writable=into,
                needed=(self.workspace.root.absolute(), Path(path).absolute().parent, Path.cwd()),
                environment={"PYTHONPATH": str(Path.cwd())} if self.exporter is MODULE else {},
                limits=Limits(seconds=1800.0),
            )
            if ended.failure:
                raise UnsupportedModel(
                    f"this {self.exporter.kind} cannot be converted: {ended.failure}",
                    where=self.model,
                    next_step="export it to ONNX yourself and give the file; its framework says what stands in the way",
                )
            shutil.rmtree(place)

        return (yield from self.workspace.folder(f"graph-{do}", key, fill))


def export(
    exporter: Exporter, model: str, data: Path | None, more: Sequence[str], workspace: Workspace
) -> Steps[Export]:
    """The environment of an exporter, made once, and the model in it.

    :param more: requirement lines of the model's own code.
    :raises EnvironmentUnusable: the environment cannot be made here.
    """
    wanted = Wanted(
        name=f"exporter ({exporter.kind})",
        requirements=tuple(sorted({*exporter.requirements, *more})),
        python=f"{sys.version_info.major}.{sys.version_info.minor}",
    )
    environment = yield from prepared(wanted, workspace)
    return Export(exporter=exporter, model=model, environment=environment, workspace=workspace, data=data)


def _content(path: Path) -> str:
    return tree_digest(path) if path.is_dir() else file_digest(path)
