"""torch, torchvision and torchaudio that do not belong together."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import InvalidVersion, Version

from ...records import FixClass
from ..cpu_torch.arrivals import arrivals
from ..cpu_torch.asked import asked
from ..cpu_torch.installed import Named, named_in
from ..cpu_torch.names import companion
from ..found import Found
from ..project import Project
from ..requirement_files import RequirementFile
from ..rule import Example
from .w01_cuda_torch import found

CODE = "W05"
NAME = "torch-family"
SUMMARY = "torch, torchvision and torchaudio come as different variants, or in versions that do not belong together"
WHY = """\
torchvision and torchaudio are compiled against one build of torch. torchvision of the public index beside torch of the
CPU index installs without a complaint and fails when it is imported (`operator torchvision::nms does not exist`), or pulls
in the CUDA torch once more. The fix gives all of them the same index; versions that do not belong together are left to a
person, with the one that does."""
FIX: FixClass = "verify"
ALSO = ()
SOURCES = (
    "sam-dumont/immich-video-memory-generator, issue 822",
    "pytorch/vision, README: which versions belong together",
)
_URL = "https://download.pytorch.org/whl/cpu"
EXAMPLES = (
    Example(
        title="torch by an index of its own, torchvision without",
        bad={
            "Dockerfile": f"FROM python:3.12-slim\nRUN pip install --no-cache-dir torch --index-url {_URL} && \\\n    pip install --no-cache-dir torchvision flask\n"
        },
        good={
            "Dockerfile": f"FROM python:3.12-slim\nRUN pip install --no-cache-dir torch torchvision --index-url {_URL} && \\\n    pip install --no-cache-dir torchvision flask\n"
        },
        fixed={
            "Dockerfile": f"FROM python:3.12-slim\nRUN pip install --no-cache-dir torch --index-url {_URL} && \\\n    pip install --extra-index-url {_URL} --no-cache-dir torchvision flask\n"
        },
    ),
    Example(
        title="a source for one of them alone",
        bad={
            "pyproject.toml": f'[project]\nname = "service"\nversion = "1"\ndependencies = ["torch", "torchaudio"]\n\n[[tool.uv.index]]\nname = "torch-cpu"\nurl = "{_URL}"\nexplicit = true\n\n[tool.uv.sources]\ntorch = {{ index = "torch-cpu" }}  # small\n\n[tool.ruff]\n'
        },
        good={
            "pyproject.toml": f'[project]\nname = "service"\nversion = "1"\ndependencies = ["torch", "torchaudio"]\n\n[[tool.uv.index]]\nname = "torch-cpu"\nurl = "{_URL}"\nexplicit = true\n\n[tool.uv.sources]\ntorch = {{ index = "torch-cpu" }}  # small\ntorchaudio = {{ index = "torch-cpu" }}\n\n[tool.ruff]\n'
        },
    ),
    Example(
        title="variants in one file",
        bad={"requirements.txt": f"--extra-index-url {_URL}\ntorch==2.3.1+cpu\ntorchvision==0.18.1+cu121\n"},
        good={"requirements.txt": f"--extra-index-url {_URL}\ntorch==2.3.1+cpu\ntorchvision==0.18.1+cpu\n"},
    ),
)


def findings(project: Project) -> Iterator[Found]:
    """Companions of another variant than torch, then versions that do not belong together."""
    for each in arrivals(project):
        if each.beside_cpu:
            names = " and ".join(each.names)
            yield found(project, each, f"torch is the CPU build, and {names} is not from the same index")
    seen: set[tuple[str, int]] = set()
    for asking in asked(project):
        pinned = [
            each
            for each in (*asking.named, *(one for file in _constraints(project) for one in named_in(file)))
            if each.pinned
        ]
        torch = next((each.pinned for each in pinned if each.name == "torch"), "")
        for other in pinned if torch else ():
            wanted = companion(other.name, torch)
            if not wanted or _minor(other) == wanted or (other.file, other.start) in seen:
                continue
            seen.add((other.file, other.start))
            yield Found(
                file=other.file,
                start=other.start,
                end=other.end,
                message=f"{other.name} {other.pinned} does not belong to torch {torch}",
                advice=f"pin {other.name}=={wanted}.*, or leave its pin away",
            )


def _constraints(project: Project) -> tuple[RequirementFile, ...]:
    return tuple(file for file in project.installed_files if "constraint" in file.path.lower())


def _minor(each: Named) -> str:
    try:
        return ".".join(map(str, Version(each.pinned).release[:2]))
    except InvalidVersion:
        return ""
