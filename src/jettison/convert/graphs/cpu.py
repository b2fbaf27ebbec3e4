"""What a CPU computes right in 8 bits."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from pathlib import Path

CPUS = ("avx2", "avx512", "avx_vnni", "avx512_vnni", "amx", "arm64")
"""Kinds of CPU that a model can be made for."""
_SATURATING = ("avx2", "avx512")
_CPUINFO = Path("/proc/cpuinfo")
_EXACT = {"avx_vnni", "avx512_vnni", "amx_int8"}


def weight_bits(cpus: Sequence[str], cpuinfo: Path = _CPUINFO, machine: str = "") -> int:
    """8 where the sums of 8-bit products are exact, 7 where two of them may saturate 16 bits: an x86 CPU without VNNI.

    255 x 127 twice is more than 32,767, and 255 x 63 twice is less: with 7 bits nothing can saturate.
    Source: ONNX Runtime's documentation of quantization, "reduce_range".

    :param cpus: what the model shall run on, of `CPUS`; empty: the CPU of this machine.
    """
    if cpus:
        return 7 if set(cpus) & set(_SATURATING) else 8
    if (machine or platform.machine()) not in ("x86_64", "AMD64", "i686"):
        return 8
    try:
        lines = cpuinfo.read_text().splitlines()
    except OSError:
        return 7
    flags = next((line.partition(":")[2].split() for line in lines if line.startswith("flags")), [])
    return 8 if _EXACT & set(flags) else 7
