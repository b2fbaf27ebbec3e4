"""A CUDA image under a service that runs on CPUs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...dockerfile.system_installs import system_install
from ...dockerfile.wrappers import program
from ...records import FixClass
from ..asked import asked_for
from ..bases import Base, shipped_base, standing_on
from ..builds import Build
from ..found import Found, replaced
from ..gpu_machines import for_gpu, runs_on_gpu
from ..project import Project
from ..rule import Example
from ..savings import of_bases

CODE = "B02"
NAME = "cuda-base"
SUMMARY = "the image of a CPU service stands on NVIDIA's CUDA image"
WHY = """\
Without a GPU nothing in the CUDA libraries is ever loaded. NVIDIA's images stand on plain Ubuntu images, so the fix
names the one below: every apt package, and the Python that comes from there, stays what it was.

It changes nothing where a command, a package or a variable needs CUDA's own files (nvcc, `cuda-*` and `libcudnn*`
packages, flash-attn, cupy, `FORCE_CUDA`, …), or a script is run that may: such a service is no CPU service, and wants
`--target gpu`. With that target the rule is silent, and for a Dockerfile whose name says what it is for:
`gpu.Dockerfile`, `Dockerfile.cuda`."""
FIX: FixClass = "verify"
ALSO = ()
SOURCES = (
    "ufoym/deepo, issue 113: 115 MB for base, 3.05 GB for cudnn-devel",
    "IBM/text-generation-inference, pull request 50: 2.3 GB of CUDA libraries in a runtime image",
)
EXAMPLES = (
    Example(
        bad={
            "Dockerfile": "FROM nvidia/cuda:12.1.0-runtime-ubuntu22.04\n"
            "RUN apt-get update && apt-get install -y python3 python3-pip && pip3 install flask\n"
        },
        good={
            "Dockerfile": "FROM ubuntu:22.04\n"
            "RUN apt-get update && apt-get install -y python3 python3-pip && pip3 install flask\n"
        },
    ),
    Example(
        title="a version that an ARG gives",
        bad={"Dockerfile": "ARG CUDA=12.1.0\nFROM nvidia/cuda:${CUDA}-base-ubuntu20.04 AS app\nRUN python3 -V\n"},
        good={"Dockerfile": "ARG CUDA=12.1.0\nFROM ubuntu:20.04 AS app\nRUN python3 -V\n"},
    ),
)

_UBUNTU = re.compile(r"ubuntu(\d\d\.\d\d)$")
_PACKAGES = re.compile(r"cuda($|-.*)|libcudnn.*|libnccl.*|libcublas.*|libnvinfer.*|nvidia-.*|tensorrt.*")
_USES = re.compile(r"/usr/local/(?:cuda|tensorrt)|GGML_CUDA|TORCH_CUDA_ARCH_LIST|\bnvcc\b|libnvinfer|tensorrt_llm")
_VARIABLES = re.compile(r"FORCE_CUDA|TORCH_CUDA_ARCH_LIST|CUDA_ARCH\w*|(CUDA|CUDNN)_URL|TENSORRT_\w+|LLAMA_CUBLAS")
_NEEDS_CUDA = {
    *("flash-attn", "xformers", "bitsandbytes", "pycuda", "tensorrt", "vllm", "apex", "cupy", "deepspeed", "auto-gptq"),
    *("cupy-cuda11x", "cupy-cuda12x", "faiss-gpu", "nvidia-dali-cuda120", "exllamav2", "triton", "mamba-ssm"),
}


def findings(project: Project) -> Iterator[Found]:
    """Every Dockerfile of a CPU service whose image stands on it."""
    if not project.on_cpu:
        return
    for build in project.builds:
        base = shipped_base(project, build)
        if base is None or base.repository != "nvidia/cuda" or for_gpu(build.path):
            continue
        below = _UBUNTU.search(base.tag)
        needs = needs_cuda(project, build, base)
        unread = _unread(build, base)
        plain = f"ubuntu:{below[1]}" if below else ""
        if needs:
            advice = (
                f"{', '.join(needs)} asks for CUDA: lint it with --target gpu if it shall run on one, else leave it out"
            )
        elif unread:
            advice = (
                f"what {unread} needs is not read: look whether it is CUDA, else stand on {plain or 'plain Ubuntu'}"
            )
        elif below:
            advice = f"stand on {plain}, which it is made of, or on python:3.x-slim with its own Python"
        else:
            advice = "stand on the same distribution without CUDA, or on python:3.x-slim"
        yield Found(
            file=build.path,
            start=base.start,
            end=base.end,
            message=f"the service runs on CPUs, and its image stands on {base.reference}",
            advice=advice,
            fix="verify",
            changes=(replaced(build.path, base.start, base.end, plain),)
            if below and not needs and not unread and base.written and not re.fullmatch(r"\$\{?\w+\}?", base.written)
            else (),
            saving=of_bases(project, base.reference, plain or "ubuntu:22.04"),
        )


def needs_cuda(project: Project, build: Build, base: Base) -> tuple[str, ...]:
    """Commands and packages that want CUDA's own files."""
    found: dict[str, None] = dict.fromkeys(sorted(asked_for(project, build) & _NEEDS_CUDA))
    for line in standing_on(build, base):
        apt = system_install(line.runs)
        found.update((name, None) for name in (apt.packages if apt else ()) if _PACKAGES.fullmatch(name))
        found.update((program(run.argv), None) for run in line.runs if program(run.argv) in ("nvcc", "nvidia-smi"))
        names = line.instruction.arguments[::2] if line.word == "ENV" else ()
        found.update((name, None) for name in names if _VARIABLES.fullmatch(name))
    if for_gpu(base.stage.name):
        found[f"the stage {base.stage.name}"] = None
    for stage in build.stages:
        for instruction in stage.instructions:
            found.update((each[0], None) for each in _USES.finditer(instruction.text))
    if runs_on_gpu(project.code.texts, project.code.identifiers):
        found['the code\'s "cuda"'] = None
    return tuple(found)


def _unread(build: Build, base: Base) -> str:
    """A script that the build runs; empty for none."""
    words = (word for line in standing_on(build, base) for run in line.runs for word in run.argv[:2])
    return next((word.rpartition("/")[2] for word in words if word.endswith((".sh", ".bash"))), "")
