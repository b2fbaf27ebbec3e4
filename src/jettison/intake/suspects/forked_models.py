"""Workers that each load the model, or that get it from a process whose threads they do not have."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from ...records import Suspect
from ..app.apps import qualified
from ..models.model_names import loads_model
from ..source.code import Module
from .served import Served

_PRELOAD = re.compile(r"--preload\b|\bpreload_app\s*=\s*True")
_THREADED = ("torch", "transformers", "onnxruntime", "tensorflow", "sentence_transformers", "ctranslate2")
_SHARE = "add --preload, so that the workers share it, or serve with one worker and several threads"
_AFTER = "load it in each worker (gunicorn's post_fork hook), or start without --preload"


def found(app: Served) -> Iterator[Suspect]:
    """Models that are loaded on import, where gunicorn or uvicorn starts several workers."""
    workers = app.start.workers
    if workers < 2:
        return
    said = " ".join((*app.start.argv, app.environment.get("GUNICORN_CMD_ARGS", "")))
    configured = any(_PRELOAD.search("\n".join(lines)) for source, lines in app.lines.items() if "conf" in source)
    preload = app.start.server == "gunicorn" and (configured or bool(_PRELOAD.search(said)))
    for module in app.modules:
        for node in _on_import(module):
            threaded = qualified(node.func, module).startswith(_THREADED)
            if not preload:
                message = f"each of {workers} workers loads its own copy of the model"
                yield app.suspect("model-per-worker", module, node, (message, _SHARE))
            elif threaded:
                message = (
                    "the model is loaded before the workers are forked: threads that it has started are not in them"
                )
                yield app.suspect("model-before-fork", module, node, (message, _AFTER))


def _on_import(module: Module) -> Iterator[ast.Call]:
    for node, frames in module.calls:
        if not frames and loads_model(node, module):
            yield node
