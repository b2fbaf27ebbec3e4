"""A conda environment for what pip has wheels of."""

from __future__ import annotations

from collections.abc import Iterator

from ...records import FixClass
from ..asked import asked_by, conda_words
from ..bases import shipped_base
from ..builds import Build, InstallLine
from ..found import Found
from ..project import Project
from ..rule import Example
from ..savings import of_bases

CODE = "B06"
NAME = "conda"
SUMMARY = "conda installs packages that all exist as wheels"
WHY = """\
A conda environment brings a Python of its own, MKL, and conda itself; what it installs here exists as wheels too, and
python:3.x-slim with pip does the same in a fraction of the room.

It speaks only when every package that conda installs is one that is known to have wheels for Linux, and when conda is
in the image: a stage that packs an environment for another may use it."""
FIX: FixClass = "suggest"
ALSO = ()
SOURCES = ("mlflow/mlflow, pull request 2496: 3.21 GB became 2.14 GB without Java and 0.89 GB without conda",)
EXAMPLES = (
    Example(
        bad={
            "Dockerfile": "FROM continuumio/miniconda3:24.5.0-0\nCOPY environment.yml .\n"
            "RUN conda env create -f environment.yml\n",
            "environment.yml": "name: app\nchannels:\n  - conda-forge\ndependencies:\n  - python=3.11\n"
            "  - numpy=1.26\n  - scikit-learn\n  - pip\n  - pip:\n    - fastapi\n",
        },
        good={
            "Dockerfile": "FROM continuumio/miniconda3:24.5.0-0\nCOPY environment.yml .\n"
            "RUN conda env create -f environment.yml\n",
            "environment.yml": "name: app\nchannels:\n  - conda-forge\ndependencies:\n  - python=3.11\n  - gdal\n",
        },
    ),
    Example(
        title="packages on the command line",
        bad={"Dockerfile": "FROM condaforge/miniforge3:24.3.0-0\nRUN conda install -y -c pytorch pytorch cpuonly\n"},
        good={"Dockerfile": "FROM condaforge/miniforge3:24.3.0-0\nRUN conda install -y faiss-gpu cudatoolkit\n"},
    ),
)

_NAMES = """
python pip setuptools wheel numpy scipy pandas scikit-learn scikit-image matplotlib pillow opencv py-opencv requests
flask fastapi uvicorn gunicorn starlette pydantic jinja2 click pyyaml tqdm joblib nltk spacy gensim torch pytorch
torchvision torchaudio torchtext cpuonly tensorflow tensorflow-cpu keras transformers tokenizers sentencepiece
sentence-transformers huggingface-hub datasets onnx onnxruntime lightgbm xgboost catboost statsmodels seaborn plotly
sqlalchemy boto3 httpx aiohttp cython numba librosa soundfile accelerate safetensors faiss-cpu streamlit dash
python-multipart python-dotenv psutil protobuf grpcio redis-py redis beautifulsoup4 lxml openpyxl pyarrow networkx
sympy werkzeug regex filelock packaging typing-extensions shap imbalanced-learn mlflow prometheus-client pytest
"""
_HAVE_WHEELS = frozenset(_NAMES.split())
"""As conda calls them."""
_NO_PACKAGES = ("cpuonly", "python", "pip", "setuptools", "wheel")


def findings(project: Project) -> Iterator[Found]:
    """Every image that holds such an environment."""
    for build in project.builds:
        by_conda = [each for each in build.installs if each.install.tool == "conda" and each.line.ships]
        names = {name for each in by_conda for name in _of_conda(project, build, each)}
        if not names - {*_NO_PACKAGES} or not names <= _HAVE_WHEELS:
            continue
        base = shipped_base(project, build)
        command = by_conda[0].run.command
        yield Found(
            file=build.path,
            start=command.start,
            end=command.end,
            message=f"conda installs {_some(sorted(names - {*_NO_PACKAGES}))}, of which there are wheels",
            advice="install them with pip on python:3.x-slim",
            saving=of_bases(project, base.reference, "python:3.12-slim") if base else None,
        )


def _of_conda(project: Project, build: Build, each: InstallLine) -> frozenset[str]:
    """What conda itself installs; an environment file that cannot be read holds something unknown."""
    if each.install.kind == "environment":
        texts = [project.text(build.below(word)) for word in each.install.words]
        if not all(texts):
            return frozenset(("?",))
        return frozenset(name for text in texts for name in conda_words(text or ""))
    return asked_by(project, build, each)


def _some(names: list[str]) -> str:
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
