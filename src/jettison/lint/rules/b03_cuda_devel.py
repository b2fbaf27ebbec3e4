"""CUDA's compiler in an image that only runs."""

from __future__ import annotations

from collections.abc import Iterator

from ...records import FixClass
from ..bases import shipped_base
from ..found import Found
from ..project import Project
from ..rule import Example
from ..savings import of_bases

CODE = "B03"
NAME = "cuda-devel"
SUMMARY = "the image stands on a CUDA image for development"
WHY = """\
The `devel` images of CUDA, and of PyTorch, carry nvcc, headers and static libraries. Kernels are compiled in a stage;
the image copies what came out, and stands on `runtime`, or on `base` where the wheels bring their own libraries.

A stage that only others copy from may stand on `devel`."""
FIX: FixClass = "suggest"
ALSO = ()
SOURCES = ("ufoym/deepo, issue 113: 115 MB for base, 3.05 GB for cudnn-devel",)
EXAMPLES = (
    Example(
        targets=("gpu",),
        bad={"Dockerfile": "FROM nvidia/cuda:12.4.1-cudnn-devel-ubuntu22.04\nRUN pip3 install torch\n"},
        good={
            "Dockerfile": "FROM nvidia/cuda:12.4.1-cudnn-devel-ubuntu22.04 AS build\nRUN pip3 wheel -w /w flash-attn\n"
            "FROM nvidia/cuda:12.4.1-cudnn-runtime-ubuntu22.04\nCOPY --from=build /w /w\n"
        },
    ),
    Example(
        title="PyTorch's own",
        targets=("gpu",),
        bad={"Dockerfile": "FROM pytorch/pytorch:2.4.0-cuda12.1-cudnn9-devel\nCOPY . .\n"},
        good={"Dockerfile": "FROM pytorch/pytorch:2.4.0-cuda12.1-cudnn9-runtime\nCOPY . .\n"},
    ),
)


def findings(project: Project) -> Iterator[Found]:
    """Every Dockerfile of a GPU service whose image stands on one."""
    if project.on_cpu:
        return
    for build in project.builds:
        base = shipped_base(project, build)
        if base is None or base.repository not in ("nvidia/cuda", "pytorch/pytorch") or "devel" not in base.tag:
            continue
        runtime = base.reference.partition("@")[0].replace("devel", "runtime")
        yield Found(
            file=build.path,
            start=base.start,
            end=base.end,
            message=f"the image stands on {base.reference}, which carries CUDA's compiler and headers",
            advice=f"compile in a stage of its own, and stand on {runtime}",
            saving=of_bases(project, base.reference, runtime),
        )
