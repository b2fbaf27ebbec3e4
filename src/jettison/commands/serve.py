"""``jettison serve``: a converted model behind HTTP, by the very program that an image starts."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from jettison.errors import ModelMissing, ModelUnreadable
from jettison_runtime.errors import ModelFolderError
from jettison_runtime.manifest import NAME as MANIFEST
from jettison_runtime.serving import command as server

from . import arguments

NAME = "serve"
SUMMARY = "serve a converted model: Open Inference Protocol v2, a page to try it, metrics"
EXAMPLES = """\
  jettison serve model-jettison/int8-blocks                on port 8080, and a page to try it at http://localhost:8080/
  jettison serve model-jettison --form fp32 --port 9000    one of the forms that `jettison convert` wrote
  jettison serve ./model --max-body 4MB --timeout 2        bounds on a request (docs/serving.md)
  curl localhost:8080/v2/models/model                      what it takes and gives"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "model", type=Path, metavar="MODEL", help="a folder that `jettison convert` wrote: of one form, or of several"
    )
    parser.add_argument("--form", help="which of several; default: the only one")
    server.configure(parser)
    arguments.as_json(parser)


def run(options: argparse.Namespace) -> int:
    """Become the server."""
    folder = _form(options.model, options.form)
    words = [str(folder)]
    for name, field, _, _ in server.FLAGS:
        value = getattr(options, field)
        if value is not None:
            words += [f"--{name}", str(value)]
    sys.stderr.write(f"serving {folder}: {_place(folder, options)} once it is ready; Ctrl-C ends it\n")
    sys.stderr.flush()
    # In the place of this process: it has the memory, the signals and the exit codes that it has in an image.
    os.execv(sys.executable, [sys.executable, "-P", "-m", "jettison_runtime.serving", *words])


def _place(folder: Path, options: argparse.Namespace) -> str:
    """Where it will be, as the server itself reads what it was told."""
    try:
        port = server.settings(folder, vars(options), environment=os.environ).port
    except (ModelFolderError, argparse.ArgumentTypeError):  # the server says it, with its own exit code
        return "here"
    return f"http://localhost:{port}/" if port else "a free port, which the log names,"


def _form(model: Path, wanted: str | None) -> Path:
    """The folder of one converted form."""
    if not model.exists():
        raise ModelMissing(f"there is no {model}", where=str(model), next_step="name what `jettison convert` wrote")
    if (model / MANIFEST).is_file() and wanted is None:
        return model
    forms = sorted(file.parent.name for file in model.glob(f"*/{MANIFEST}"))
    if not forms:
        raise ModelUnreadable(
            f"{model} is no converted model",
            where=str(model),
            next_step=f"jettison convert {model}, then serve a form of what it writes",
        )
    if wanted is None and len(forms) == 1:
        return model / forms[0]
    if wanted not in forms:
        raise ModelMissing(
            f"{model} holds {', '.join(forms)}" + (f", and no {wanted}" if wanted else ": which of them?"),
            where=str(model),
            next_step=f"jettison serve {model} --form {forms[-1]}",
        )
    return model / str(wanted)
