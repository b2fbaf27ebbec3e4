"""CUDA in the base image and once more in the wheels."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...records import FixClass
from ..asked import asked_for
from ..bases import shipped_base
from ..found import Found
from ..project import Project
from ..rule import Example
from ..savings import of_bases

CODE = "B04"
NAME = "cuda-twice"
SUMMARY = "both the base image and torch's wheels bring the CUDA libraries"
WHY = """\
torch's wheels depend on `nvidia-*` wheels, or hold the libraries themselves, and load those. The ones of a `runtime` or
`devel` image are then never opened. A `base` image, or plain python:3.x-slim, is enough: the driver comes from the host.

It says nothing where a package is installed that loads the system's libraries: TensorFlow, ONNX Runtime, CuPy,
CTranslate2, or what compiles kernels."""
FIX: FixClass = "suggest"
ALSO = ()
SOURCES = ("IBM/text-generation-inference, pull request 50", "bentoml/BentoML, issue 4311")
EXAMPLES = (
    Example(
        targets=("gpu",),
        bad={"Dockerfile": "FROM nvidia/cuda:12.1.0-runtime-ubuntu22.04\nRUN pip3 install torch transformers\n"},
        good={"Dockerfile": "FROM nvidia/cuda:12.1.0-base-ubuntu22.04\nRUN pip3 install torch transformers\n"},
    ),
    Example(
        title="onnxruntime-gpu takes CUDA from the system",
        targets=("gpu",),
        bad={
            "Dockerfile": "FROM nvidia/cuda:12.1.0-runtime-ubuntu22.04\nCOPY requirements.txt .\n"
            "RUN pip3 install -r requirements.txt\n",
            "requirements.txt": "torch==2.4.0\n",
        },
        good={
            "Dockerfile": "FROM nvidia/cuda:12.1.0-runtime-ubuntu22.04\nCOPY requirements.txt .\n"
            "RUN pip3 install -r requirements.txt\n",
            "requirements.txt": "torch==2.4.0\nonnxruntime-gpu==1.19.0\n",
        },
    ),
)

_TAKES_IT_FROM_THE_SYSTEM = {
    *("onnxruntime-gpu", "tensorflow", "tensorflow-gpu", "ctranslate2", "faster-whisper", "cupy", "cupy-cuda11x"),
    *("cupy-cuda12x", "jax", "flash-attn", "deepspeed", "apex", "tensorrt", "pycuda", "vllm", "llama-cpp-python"),
    *("paddlepaddle-gpu", "xformers", "auto-gptq", "mamba-ssm", "bitsandbytes", "insightface", "whisperx"),
}


def findings(project: Project) -> Iterator[Found]:
    """Every Dockerfile of a GPU service with both."""
    if project.on_cpu:
        return
    for build in project.builds:
        base = shipped_base(project, build)
        if base is None or base.repository != "nvidia/cuda" or not re.search("runtime|devel", base.tag):
            continue
        names = asked_for(project, build)
        if "torch" not in names or names & _TAKES_IT_FROM_THE_SYSTEM:
            continue
        smaller = re.sub(r"(cudnn\d*-)?(runtime|devel)", "base", base.reference.partition("@")[0])
        yield Found(
            file=build.path,
            start=base.start,
            end=base.end,
            message=f"torch brings the CUDA libraries along, and {base.reference} has them too",
            advice=f"stand on {smaller}; torch loads its own",
            saving=of_bases(project, base.reference, smaller),
        )
