"""PyTorch's distributions, the addresses that serve them, and what CUDA brings along."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

INDEX = "https://download.pytorch.org/whl/cpu"
"""Where PyTorch serves its CPU builds."""
INDEX_NAME = "pytorch-cpu"
FAMILY = ("torch", "torchvision", "torchaudio")
"""What PyTorch builds in variants; all of them must be of the same one."""

_CPU = re.compile(
    r"/whl/(?:nightly/|test/)?cpu(?:/|$)|pytorch-?cpu|torch_stable\.html|/cpu/?(?:simple/?)?$|%2Bcpu|\+cpu"
)
_CUDA = re.compile(r"(?<=/whl/)(?P<kept>nightly/|test/|)(?P<variant>cu\d{2,3}|rocm[\d.]+)(?=/|$|\b)")
_CUDA_NAME = re.compile(
    r"nvidia-(?!ml-py|pyindex|modelopt|dali)[a-z0-9-]+|triton|pytorch-triton|cuda-(?:bindings|toolkit|pathfinder)"
)
_NEEDS_CUDA = re.compile(
    r"cupy|jax-cuda|jaxlib-cuda|vllm|tensorrt|onnxruntime-gpu|faiss-gpu|cudf|cuml|rmm|numba-cuda|cuda-python|dali|paddlepaddle-gpu|"
    r"bitsandbytes|flash-attn|xformers|deepspeed|auto-gptq|exllama"
)


def is_cpu_index(url: str) -> bool:
    """Whether an index, a page of links or a file is one of CPU builds."""
    return bool(_CPU.search(url.strip("\"'"))) and not is_cuda_index(url)


def is_cuda_index(url: str) -> bool:
    """Whether PyTorch serves builds for one kind of GPU there."""
    return bool(_CUDA.search(url))


def on_cpu(url: str) -> str:
    """The same address with the CPU's variant instead of a GPU's."""
    return _CUDA.sub(r"\g<kept>cpu", url)


def is_cuda(name: str) -> bool:
    """Whether a distribution is there for CUDA alone: its libraries, and triton, which compiles for GPUs."""
    return bool(_CUDA_NAME.fullmatch(name))


def needs_cuda(name: str) -> bool:
    """Whether a distribution asks for CUDA itself, whatever torch does."""
    return bool(_NEEDS_CUDA.match(name))


def family_of(requirement: Requirement) -> tuple[str, ...]:
    """Which of PyTorch's distributions a requirement brings: itself, or what it requires by the dated table."""
    name = canonicalize_name(requirement.name)
    if name in FAMILY:
        return (name,)
    table = _table()["requirers"]
    found = {
        each for key in (name, *(f"{name}[{extra}]" for extra in requirement.extras)) for each in table.get(key, ())
    }
    return tuple(each for each in FAMILY if each in found)


def table_date() -> str:
    """When the table of distributions that require torch was made."""
    return str(_table()["date"])


def cpu_version(name: str, version: str, urls: Iterable[str] = ()) -> str:
    """``2.3.1+cu121`` as its CPU build; empty when PyTorch's index does not have that version in this form.

    :param urls: where it is looked for; the page of links has older versions than the index.
    """
    try:
        found = Version(version)
    except InvalidVersion:
        return ""
    from_links = any("torch_stable.html" in url for url in urls)
    first = _table()["first_with_cpu_links" if from_links else "first_with_cpu_index"].get(name)
    is_release = not found.is_devrelease and found.dev is None and not found.is_prerelease
    return f"{found.public}+cpu" if first and is_release and found >= Version(first) else ""


def companion(name: str, torch: str) -> str:
    """The minor version, as ``0.18``, of torchvision or torchaudio that belongs to a version of torch; else empty."""
    try:
        release = Version(torch).release
    except InvalidVersion:
        return ""
    minor = f"{release[0]}.{release[1]}" if len(release) > 1 else ""
    return str(_table()["companions"].get(minor, {}).get(name, ""))


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("torch.toml").read_text("utf-8"))
