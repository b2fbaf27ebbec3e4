"""The model folder: what jettison-runtime loads. The manifest is written last, over everything else."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jettison import __version__
from jettison.errors import ModelUnreadable
from jettison.records import FleetCheck, ModelFolder, from_json, to_json
from jettison.workspace import file_digest

from .architectures import Architecture, Trained
from .forms import Form
from .source import Source

_RUNTIME = {"from": "0.1.0", "below": "0.2.0"}


def write(into: Path, found: Source, architecture: Architecture, trained: Trained, *, form: Form, name: str) -> None:
    """Fill a folder: graphs, weights, tokenizer, and a manifest without a canary (see `sign`)."""
    from jettison_runtime import manifest as manifests

    graph = architecture.write(trained, into, form)
    (into / "tokenizer.json").write_text(found.tokenizer_json, encoding="utf-8")
    manifest = {
        "format": manifests.FORMAT,
        "name": name,
        "task": architecture.task(found.config),
        "architecture": found.config["model_type"],
        "form": form.name,
        "written_by": f"jettison {__version__}",
        "runtime": _RUNTIME,
        "files": {
            file.name: {"sha256": file_digest(file), "size_bytes": file.stat().st_size}
            for file in sorted(into.iterdir())
        },
        "graph": graph,
        "generation": {},
        "config": found.config,
        "tokenizer": found.tokenizer,
        "canary": {},
        **trained.entries,
    }
    _save(into, manifest)


def sign(into: Path, canary: Mapping[str, Any]) -> None:
    """Give the folder the answer that the runtime looks for when it starts."""
    manifest = json.loads((into / "manifest.json").read_text(encoding="utf-8"))
    _save(into, {**manifest, "canary": dict(canary)})


def certify(into: Path, checks: Sequence[FleetCheck]) -> None:
    """Write into the manifest what is known of the folder on the CPUs that were asked for."""
    manifest = json.loads((into / "manifest.json").read_text(encoding="utf-8"))
    _save(into, {**manifest, "fleet": [json.loads(to_json(each)) for each in checks]})


def certificate(path: Path) -> tuple[FleetCheck, ...]:
    """What `certify` wrote."""
    manifest = json.loads((path / "manifest.json").read_text(encoding="utf-8"))
    return from_json(json.dumps(manifest.get("fleet", [])).encode(), tuple[FleetCheck, ...])


def described(path: Path) -> ModelFolder:
    """A finished folder as a record.

    :raises ModelUnreadable: it is no converted model, or a damaged one.
    """
    from jettison_runtime import manifest as manifests
    from jettison_runtime.errors import ModelFolderError

    try:
        found = manifests.read(path)
    except ModelFolderError as cause:
        raise ModelUnreadable(str(cause), where=str(path), next_step="convert the model again") from cause
    manifest = path / "manifest.json"
    return ModelFolder(
        path=path,
        form=found.form,
        digest=file_digest(manifest),
        file_bytes=tuple((file.name, file.stat().st_size) for file in sorted(path.iterdir()) if file.is_file()),
    )


def _save(into: Path, manifest: dict[str, Any]) -> None:
    text = json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=False)
    (into / "manifest.json").write_text(text + "\n", encoding="utf-8")
