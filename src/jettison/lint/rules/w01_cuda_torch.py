"""torch comes with CUDA, and nothing here has a GPU."""

from __future__ import annotations

from collections.abc import Iterator

from ...records import FixClass
from ..cpu_torch.arrivals import Arrival, arrivals
from ..found import Found
from ..project import Project
from ..rule import Example
from ..savings import of_lighter

CODE = "W01"
NAME = "cuda-torch"
SUMMARY = "torch is installed as its CUDA build, in a service that runs without a GPU"
WHY = """\
Plain `torch` on Linux x86-64 is the CUDA build: with the `nvidia-*` libraries and triton it takes several gigabytes that
no code path of a CPU service reaches. PyTorch serves CPU builds at an index of its own, and every tool has another way to
take torch from there and everything else from where it was:

* pip: an extra index; pip compares all indexes, and `2.9.1+cpu` is higher than `2.9.1`;
* `uv pip`: `--torch-backend cpu`; an extra index would come first there and shadow other packages;
* uv projects: an index with `explicit = true`, and a source for each of torch, torchvision and torchaudio;
* Poetry: a source with `priority = "explicit"`, named by the dependency.

Pins stay; `+cu121` becomes `+cpu` where PyTorch has that version so. Files with hashes are changed only together with
their recompilation (`--refresh-locks`). It says nothing where a CPU index, source or back end is in place, in files that
are for GPUs by their name, and with `--target gpu`."""
FIX: FixClass = "verify"
ALSO = ()
SOURCES = (
    "pytorch/pytorch, issues 146786 and 17621",
    "uv's documentation, Using uv with PyTorch",
    "topoteretes/cognee, issue 3691: 27.8 GB, of which nvidia 4.3 GB, torch 1.7 GB, triton 0.64 GB",
    "mtrnix/metronix-memory, pull request 39: 9.4 GB became 2.9 GB",
)
_URL = "https://download.pytorch.org/whl/cpu"
EXAMPLES = (
    Example(
        title="a requirements file",
        bad={
            "Dockerfile": "FROM python:3.12-slim\nCOPY requirements.txt .\nRUN pip install --no-cache-dir -r requirements.txt -c constraints.txt\n",
            "requirements.txt": "# the service\nflask\ntorch==2.9.1  # the model\ntorchvision\n",
        },
        good={
            "Dockerfile": "FROM python:3.12-slim\nCOPY requirements.txt .\nRUN pip install --no-cache-dir -r requirements.txt -c constraints.txt\n",
            "requirements.txt": f"# the service\n--extra-index-url {_URL}\nflask\ntorch==2.9.1  # the model\ntorchvision\n",
        },
    ),
    Example(
        title="packages in a RUN, over several lines with a comment between them",
        bad={
            "Dockerfile": "FROM python:3.12-slim\nRUN apt-get update && \\\n    # the model's\n    python3 -m pip install --no-cache-dir \\\n        'torch>=2.3' flask\n"
        },
        good={
            "Dockerfile": f"FROM python:3.12-slim\nRUN pip install --no-cache-dir torch --index-url {_URL}\nRUN pip install --no-cache-dir torch flask\n"
        },
        fixed={
            "Dockerfile": f"FROM python:3.12-slim\nRUN apt-get update && \\\n    # the model's\n    python3 -m pip install --extra-index-url {_URL} --no-cache-dir \\\n        'torch>=2.3' flask\n"
        },
    ),
    Example(
        title="pins of CUDA builds, with Windows line endings",
        bad={
            "requirements.txt": "--extra-index-url https://download.pytorch.org/whl/cu121\r\ntorch==2.3.1+cu121\r\ntorchvision==0.18.1+cu121\r\n"
        },
        good={
            "requirements.txt": f"--extra-index-url {_URL}\r\ntorch==2.3.1+cpu\r\ntorchvision==0.18.1+cpu\r\n",
        },
    ),
    Example(
        title="uv pip, and a file that says it is for GPUs",
        bad={
            "Dockerfile": "FROM python:3.12-slim AS build\nRUN <<EOF\nuv pip install --system torch flask\nEOF\nFROM python:3.12-slim\nCOPY --from=build /usr/local /usr/local\n"
        },
        good={
            "Dockerfile": "FROM python:3.12-slim\nENV UV_TORCH_BACKEND=cpu\nRUN uv pip install --system torch flask\n",
            "Dockerfile.gpu": "FROM python:3.12-slim\nRUN pip install torch\n",
        },
        fixed={
            "Dockerfile": "FROM python:3.12-slim AS build\nRUN <<EOF\nuv pip install --torch-backend cpu --system torch flask\nEOF\nFROM python:3.12-slim\nCOPY --from=build /usr/local /usr/local\n"
        },
    ),
    Example(
        title="a uv project",
        bad={
            "pyproject.toml": '[project]\nname = "service"\nversion = "1"\ndependencies = [\n    "flask",  # web\n    "torch>=2.3",\n]\n\n[tool.uv]\npackage = false\n'
        },
        good={
            "pyproject.toml": '[project]\nname = "service"\nversion = "1"\ndependencies = [\n    "flask",  # web\n    "torch>=2.3",\n]\n\n[tool.uv]\npackage = false\n'
            f'\n[[tool.uv.index]]\nname = "pytorch-cpu"\nurl = "{_URL}"\nexplicit = true\n\n[tool.uv.sources]\ntorch = {{ index = "pytorch-cpu" }}\n'
        },
    ),
    Example(
        title="a Poetry project",
        bad={
            "pyproject.toml": '[tool.poetry.dependencies]\npython = "^3.11"\ntorch = "^2.3"  # the model\nflask = "*"\n'
        },
        good={
            "pyproject.toml": f'[tool.poetry.dependencies]\npython = "^3.11"\ntorch = {{ version = "^2.3", source = "pytorch-cpu" }}  # the model\nflask = "*"\n\n[[tool.poetry.source]]\nname = "pytorch-cpu"\nurl = "{_URL}"\npriority = "explicit"\n'
        },
    ),
)


def findings(project: Project) -> Iterator[Found]:
    """Every place that names one of the family and gets its CUDA build."""
    for each in arrivals(project):
        if not each.by and not each.beside_cpu:
            yield found(
                project,
                each,
                f"{_and(each.names)} {_come(each.names)} with CUDA here, and the service runs without a GPU",
            )


def found(project: Project, each: Arrival, message: str) -> Found:
    """An arrival as a finding."""
    return Found(
        file=each.file,
        start=each.start,
        end=each.end,
        message=message,
        advice=each.advice,
        fix="verify" if each.changes else "suggest",
        changes=each.changes,
        saving=of_lighter(project, "torch", "cuda-torch") if "torch" in each.names else None,
    )


def _and(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _come(names: tuple[str, ...]) -> str:
    return "comes" if len(names) == 1 else "come"
