"""Samples as a service gets them: a folder of pictures or WAV files, prepared as the runtime will prepare them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jettison.errors import RequestsMissing
from jettison.records import Progress, Steps
from jettison.workspace import Workspace, code_digest, digest, tree_digest

_ARRAYS = "write arrays with numpy.savez(file, INPUT=array, …): a row a sample"


def sample_file(given: Path | None, entries: Mapping[str, Any], workspace: Workspace) -> Steps[Path | None]:
    """The ``.npz`` with the samples: what was given, or made of the files in the folder that was.

    :param entries: what the manifest will say of the task; see `entries_of`.
    :raises RequestsMissing: an empty folder, a file that is no picture or no sound, or a model of which is not known
        what precedes it.
    """
    if given is None or not given.is_dir():
        return given
    if "task" not in entries:
        raise RequestsMissing(
            f"{given} is a folder, and what is done to a file before this model sees it is not known",
            where=str(given),
            next_step=_ARRAYS,
        )

    def fill(into: Path) -> Steps[None]:
        import numpy as np

        yield Progress(step="convert", note=f"preparing the files in {given.name}")
        rows = _rows(given, entries)
        shortest = min(map(len, rows))
        # Waveforms have lengths of their own, and what is calibrated together has one.
        np.savez(into / "samples.npz", samples=np.stack([row[:shortest] for row in rows]))

    key = digest(tree_digest(given), entries, code_digest())
    return (yield from workspace.folder("graph-files", key, fill)) / "samples.npz"


def _rows(folder: Path, entries: Mapping[str, Any]) -> list[Any]:
    from jettison_runtime import pictures, sounds

    facts = entries["config"]["preprocessing"]
    of_sounds = entries["task"] == "audio-classification"
    steps = sounds.read(facts) if of_sounds else pictures.Preprocessing.read(facts)
    rows = []
    for file in sorted(folder.iterdir()):
        try:
            rows.append(steps.arrays([file])[0])
        except (ValueError, TypeError, OSError) as cause:
            raise RequestsMissing(
                f"{file.name} cannot serve as a sample: {cause}", where=str(file), next_step="take it out of the folder"
            ) from cause
    if not rows:
        what = "WAV files" if of_sounds else "pictures"
        raise RequestsMissing(f"{folder} is empty", where=str(folder), next_step=f"put {what} into it, or {_ARRAYS}")
    return rows
