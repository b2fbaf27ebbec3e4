"""A service on an image that is made for developing models."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...records import FixClass
from ..bases import Base, shipped_base
from ..found import Found, replaced
from ..project import Project
from ..rule import Example
from ..savings import of_bases
from ..starts import start_of

CODE = "B05"
NAME = "workbench-base"
SUMMARY = "the service stands on an image that is made for developing models"
WHY = """\
The images of PyTorch, TensorFlow, Jupyter, Anaconda and the clouds' workbenches hold everything that somebody who
trains a model may want: CUDA, notebooks, compilers. A service needs python:3.x-slim and the wheels that it imports.

For a CPU service the fix takes `-gpu` and `-jupyter` out of the tag of TensorFlow's image: the version, and its Python,
stay. Everything else is for a person to decide. Where the image starts a notebook, the notebook is the service; with
`--target gpu` the `runtime` images of PyTorch and TensorFlow are left alone."""
FIX: FixClass = "verify"
ALSO = ()
SOURCES = ("the images' own pages: 2 to 8 GB", "mindee/doctr, issue 1593: 12 GB to run one model")
EXAMPLES = (
    Example(
        bad={"Dockerfile": "FROM tensorflow/tensorflow:2.15.0-gpu-jupyter\nCOPY . /app\nCMD python /app/serve.py\n"},
        good={"Dockerfile": "FROM python:3.11-slim\nRUN pip install tensorflow-cpu==2.15.0\nCOPY . /app\n"},
        fixed={"Dockerfile": "FROM tensorflow/tensorflow:2.15.0\nCOPY . /app\nCMD python /app/serve.py\n"},
    ),
    Example(
        title="a notebook that is meant",
        bad={"Dockerfile": 'FROM quay.io/jupyter/scipy-notebook:2024-05-27\nCMD ["python", "serve.py"]\n'},
        good={"Dockerfile": "FROM quay.io/jupyter/scipy-notebook:2024-05-27\nRUN pip install lightgbm\n"},
        fixed={"Dockerfile": 'FROM quay.io/jupyter/scipy-notebook:2024-05-27\nCMD ["python", "serve.py"]\n'},
    ),
)

_WORKBENCH = re.compile(
    r"pytorch/pytorch|tensorflow/tensorflow|(jupyter|jupyterhub)/[\w-]+|continuumio/anaconda3?|kaggle/python"
    r"|nvcr\.io/nvidia/(pytorch|tensorflow|tensorrt|nemo)|huggingface/transformers-[\w-]+|ultralytics/ultralytics"
    r"|gcr\.io/(deeplearning-platform-release|kaggle-images)/[\w.-]+|ufoym/deepo|rapidsai/[\w-]+"
    r"|mcr\.microsoft\.com/azureml/[\w.-]+"
)
_NOTEBOOK = re.compile(r"jupyter|notebook|start-singleuser|\blab\b", re.IGNORECASE)


def findings(project: Project) -> Iterator[Found]:
    """Every Dockerfile whose image stands on one."""
    for build in project.builds:
        base = shipped_base(project, build)
        if base is None or not _WORKBENCH.fullmatch(base.repository) or _is_meant(project, base):
            continue
        start = start_of(project, build)
        if base.repository.startswith("jupyter") and start is None:
            continue  # it starts what the image starts: the notebook
        if start is not None and _NOTEBOOK.search(" ".join(start.argv)):
            continue
        tag = re.sub(r"-(gpu|jupyter)(?=-|$)", "", base.tag)
        plain = base.written.removesuffix(base.tag) + tag
        can = base.repository == "tensorflow/tensorflow" and project.on_cpu and tag and base.written.endswith(base.tag)
        smaller = bool(can and tag != base.tag and not base.digest)
        yield Found(
            file=build.path,
            start=base.start,
            end=base.end,
            message=f"{base.reference} is made for developing models; the service carries all of it",
            advice="stand on python:3.x-slim and install what the service imports"
            + (f"; until then {plain} is the smaller one" if smaller else ""),
            fix="verify",
            changes=(replaced(build.path, base.start, base.end, plain),) if smaller else (),
            saving=of_bases(project, base.reference, "python:3.12-slim"),
        )


def _is_meant(project: Project, base: Base) -> bool:
    """What a CPU service should run on, or a GPU service may."""
    if re.search(r"(^|[-_])cpu([-_]|$)", base.tag) or "cpu" in base.repository:
        return True
    return not project.on_cpu and not re.search(r"devel|jupyter|notebook", f"{base.repository}:{base.tag}")
