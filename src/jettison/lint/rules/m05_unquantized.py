"""The original beside its quantized form."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from ...records import FixClass
from ..builds import Build
from ..code import Code, code_of
from ..found import Found
from ..ignore_files import hides_none_of, ignore_path, with_lines
from ..leftovers import sources_of
from ..project import Project
from ..rule import Example
from ..savings import of_files
from ..weights import LEAST_BYTES, is_weights, unquantized

CODE = "M05"
NAME = "unquantized"
SUMMARY = "the model that was quantized is in the image beside what was made of it"
WHY = """\
An int8 model has a quarter of its original's bytes, and the service loads one of the two. Where the code or the settings name
the quantized file and not the original, the fix lets the ignore file leave the original out, with its external data.
Where they name both, nothing is found; where they name neither, a person says which."""
FIX: FixClass = "verify"
ALSO: tuple[str, ...] = ()
SOURCES = ("ONNX Runtime, quantization of models",)
EXAMPLES = (
    Example(
        bad={
            "Dockerfile": "FROM python:3.12-slim\nCOPY app.py /srv/\nCOPY models /srv/models\nCMD python /srv/app.py\n",
            "app.py": 'import onnxruntime\nonnxruntime.InferenceSession("models/m_int8.onnx")\n',
            ".dockerignore": "# ours\n",
        },
        good={
            "Dockerfile": "FROM python:3.12-slim\nCOPY app.py /srv/\nCOPY models /srv/models\nCMD python /srv/app.py\n",
            "app.py": 'import onnxruntime\nonnxruntime.InferenceSession("models/m_int8.onnx")\n'
            'onnxruntime.InferenceSession("models/m.onnx")\n',
            ".dockerignore": "# ours\n",
        },
        fixed={
            ".dockerignore": "# ours\n# the originals of quantized models\nmodels/m.onnx\nmodels/m.onnx_data\n",
        },
        sizes={"models/m.onnx": 2_000_000, "models/m.onnx_data": 400_000_000, "models/m_int8.onnx": 100_000_000},
    ),
    Example(
        bad={
            "Dockerfile": "FROM python:3.12-slim\nENV MODEL=/srv/onnx/model_quantized.onnx\nCOPY . /srv\n",
            "app.py": 'import os\nopen(os.environ["MODEL"])\n',
        },
        good={
            "Dockerfile": "FROM python:3.12-slim\nENV MODEL=/srv/onnx/model_quantized.onnx\nCOPY . /srv\n",
            "app.py": 'import os\nopen(os.environ["MODEL"])\n',
            ".dockerignore": "onnx/model.onnx\n",
        },
        fixed={".dockerignore": "# the originals of quantized models\nonnx/model.onnx\n"},
        sizes={"onnx/model.onnx": 400_000_000, "onnx/model_quantized.onnx": 100_000_000},
        title="An ENV names the file that is read.",
    ),
)


def findings(project: Project) -> Iterator[Found]:
    """Every build into whose image a quantized model and its original get."""
    for build in project.builds:
        pairs = _pairs(build)
        if pairs:
            yield from _found(project, build, pairs, code_of(project, build))


def _pairs(build: Build) -> dict[str, str]:
    """Originals with the quantized file beside each."""
    files = {each.path for each in build.sent.entries if not each.is_folder and not each.link}
    found = {original: path for path in sorted(files) if is_weights(path) and (original := unquantized(path)) in files}
    landed = {landing.source for landing in build.landings.steps} if found else set()
    return {original: path for original, path in found.items() if original in landed and path in landed}


def _found(project: Project, build: Build, pairs: dict[str, str], code: Code) -> Iterator[Found]:
    unread: list[str] = []
    unknown: list[str] = []
    for original, quantized in pairs.items():
        with_data = [original, *(f"{original}{end}" for end in ("_data", ".data"))]
        there = [path for path in with_data if build.below(path) in project.paths]
        if posixpath.basename(original) in code.named:
            continue
        named = posixpath.basename(quantized) in code.named
        (unread if named and not sources_of(build).needs(original) else unknown).extend(there)
    for files, read in ((unread, True), (unknown, False)):
        saving = of_files(project, [build.below(path) for path in files])
        if saving.size_bytes < LEAST_BYTES:
            continue
        can = read and hides_none_of(build, files, sources_of(build))
        yield Found(
            file=ignore_path(build),
            start=0,
            end=0,
            message=f"{files[0]} is in the image beside the quantized {pairs[files[0]]}"
            + (", and nothing reads it" if read else ", and one of them is not read"),
            advice="leave the original out" if read else "leave out the one that the service does not load",
            fix="verify",
            changes=(with_lines(project, build, ["# the originals of quantized models", *files]),) if can else (),
            saving=saving if read else None,
        )
