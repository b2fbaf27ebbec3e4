"""torch comes with CUDA through a package that requires it."""

from __future__ import annotations

from collections.abc import Iterator

from ...records import FixClass
from ..cpu_torch.arrivals import arrivals
from ..found import Found
from ..project import Project
from ..rule import Example
from .w01_cuda_torch import found

CODE = "W02"
NAME = "cuda-torch-through-others"
SUMMARY = "a package requires torch, and brings its CUDA build into a service that runs without a GPU"
WHY = """\
`sentence-transformers`, `easyocr`, `docling`, `ultralytics` and many others require torch, and nobody who writes them into
a requirements file sees the gigabytes of CUDA that come along. A lock file in the folder tells what they bring; without
one, a dated table of distributions does.

Indexes and sources that are chosen for one package hold only for what a project names itself, so torch is named first,
beside the package that requires it; then it is as with W01."""
FIX: FixClass = "verify"
ALSO = ()
SOURCES = (
    "huggingface/sentence-transformers, issues 2904 and 2536: images of 8 to 9 GB",
    "huggingface/setfit, issue 422",
    "topoteretes/cognee, issue 3691",
    "replicate/monobase, pull request 99: a check that torch does not come in through others",
)
_URL = "https://download.pytorch.org/whl/cpu"
_INDEX = f'\n[[tool.uv.index]]\nname = "pytorch-cpu"\nurl = "{_URL}"\nexplicit = true\n'
EXAMPLES = (
    Example(
        title="a requirements file, and a package that requires torchvision too",
        bad={
            "Dockerfile": "FROM python:3.12-slim\nCOPY . /app\nWORKDIR /app\nRUN pip install -r requirements.txt\n",
            "requirements.txt": "flask\nsentence-transformers==5.1.0  # embeddings\neasyocr\n",
        },
        good={
            "Dockerfile": f"FROM python:3.12-slim\nCOPY . /app\nWORKDIR /app\nRUN pip install --index-url {_URL} torch torchvision && pip install -r requirements.txt\n",
            "requirements.txt": "flask\nsentence-transformers==5.1.0  # embeddings\neasyocr\n",
        },
        fixed={
            "Dockerfile": "FROM python:3.12-slim\nCOPY . /app\nWORKDIR /app\nRUN pip install -r requirements.txt\n",
            "requirements.txt": f"--extra-index-url {_URL}\nflask\nsentence-transformers==5.1.0  # embeddings\neasyocr\ntorch  # easyocr requires it\ntorchvision  # easyocr requires it\n",
        },
    ),
    Example(
        title="uv pip, in JSON form, stays for a person; a base that has torch is none of it",
        bad={"Dockerfile": "FROM python:3.12-slim\nRUN uv pip install --system -U \\\n  sentence-transformers\n"},
        good={
            "Dockerfile": "FROM pytorch/pytorch:2.9.1-cuda12.8-cudnn9-runtime\nRUN pip install sentence-transformers\n",
        },
        fixed={
            "Dockerfile": "FROM python:3.12-slim\nRUN uv pip install --torch-backend cpu --system -U \\\n  sentence-transformers\n"
        },
    ),
    Example(
        title="a uv project",
        bad={
            "pyproject.toml": '[project]\nname = "service"\nversion = "1"\ndependencies = [\n    "flask",\n    "easyocr>=1.7",  # reading\n]\n[tool.uv]\n'
        },
        good={"pyproject.toml": '[project]\nname = "service"\nversion = "1"\ndependencies = ["flask"]\n[tool.uv]\n'},
        fixed={
            "pyproject.toml": '[project]\nname = "service"\nversion = "1"\ndependencies = [\n    "flask",\n    "torch",\n    "torchvision",\n    "easyocr>=1.7",  # reading\n]\n[tool.uv]\n'
            + _INDEX
            + '\n[tool.uv.sources]\ntorch = { index = "pytorch-cpu" }\ntorchvision = { index = "pytorch-cpu" }\n'
        },
    ),
    Example(
        title="a Poetry project with the standard table",
        bad={
            "pyproject.toml": '[project]\nname = "service"\nversion = "1"\ndependencies = ["setfit (>=1.1)", "flask"]\n\n[build-system]\nbuild-backend = "poetry.core.masonry.api"\n'
        },
        good={
            "pyproject.toml": '[project]\nname = "service"\nversion = "1"\ndependencies = ["flask"]\n\n[build-system]\nbuild-backend = "poetry.core.masonry.api"\n'
        },
        fixed={
            "pyproject.toml": '[project]\nname = "service"\nversion = "1"\ndependencies = ["torch", "setfit (>=1.1)", "flask"]\n\n[build-system]\nbuild-backend = "poetry.core.masonry.api"\n'
            f'\n[tool.poetry.dependencies]\ntorch = {{ source = "pytorch-cpu" }}\n\n[[tool.poetry.source]]\nname = "pytorch-cpu"\nurl = "{_URL}"\npriority = "explicit"\n'
        },
    ),
)


def findings(project: Project) -> Iterator[Found]:
    """Every place that brings the CUDA build without naming it."""
    for each in arrivals(project):
        if each.by and not each.beside_cpu:
            names = ", ".join(each.by[:3]) + (" and others" if len(each.by) > 3 else "")
            verb = "require" if len(each.by) > 1 else "requires"
            yield found(
                project, each, f"{names} {verb} torch, which comes with CUDA here; the service runs without a GPU"
            )
