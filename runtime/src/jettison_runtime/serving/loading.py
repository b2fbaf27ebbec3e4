"""From a folder to a served model."""

from __future__ import annotations

import hashlib

import jettison_runtime
from jettison_runtime.manifest import NAME, read
from jettison_runtime.tensor_model import TensorModel

from .served import Served, of_rows, of_tensors
from .settings import Settings, name_of
from .tasks import task_of


def loaded(settings: Settings) -> Served:
    """The model of the folder, which has answered its canary.

    :raises ModelFolderError: no converted model, a damaged one, or one that answers otherwise here.
    """
    folder = settings.folder
    manifest = read(folder)
    name = settings.name or name_of(manifest.name) or "model"
    digest = hashlib.sha256((folder / NAME).read_bytes()).hexdigest()
    model = jettison_runtime.load(folder, threads=settings.threads)
    if isinstance(model, TensorModel):
        served = of_tensors(model, name=name, digest=digest)
    else:
        served = of_rows(task_of(model), model=model, manifest=manifest, name=name, digest=digest)
    served.check()
    return served
