"""This machine as it decides which kernels run, and the kinds of CPU that a model can be asked to be right on."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from pathlib import Path

from .records import Host

DECIDING_FLAGS = (
    "avx2",
    "avx_vnni",
    "avx512f",
    "avx512_vnni",
    "avx512_bf16",
    "amx_int8",
    "amx_bf16",
    "asimddp",
    "i8mm",
    "sve",
)
"""CPU features that decide which kernels run."""
CPUS = ("avx2", "avx512", "avx_vnni", "avx512_vnni", "amx", "arm64")
"""Kinds of CPU by their arithmetic in 8 bits. `avx2` and `avx512` are x86 without VNNI."""
SATURATING = ("avx2", "avx512")
"""Those that add two 8-bit products in 16 bits, where the sum may not fit."""
_CPUINFO = Path("/proc/cpuinfo")


def host() -> Host:
    """This machine, as this process may use it."""
    from jettison_runtime import threads

    lines = _cpu_lines()
    flags = set((lines.get("flags") or lines.get("Features") or "").split())
    return Host(
        cpu=lines.get("model name") or platform.processor() or platform.machine(),
        flags=tuple(flag for flag in DECIDING_FLAGS if flag in flags),
        cores=threads.usable(),
        quota=threads.quota(),
        memory_bytes=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        system=f"{platform.system()} {platform.release()} {platform.machine()}",
        python=platform.python_version(),
        load_average=os.getloadavg()[0],
    )


def kinds(flags: Sequence[str], machine: str = "") -> tuple[str, ...]:
    """The kinds of `CPUS` whose kernels run on a CPU with these flags.

    AMX has its kernel for products of many rows, and those of AVX-512 VNNI for few: such a CPU is both.

    :param machine: as `platform.machine` names it; empty: this one.
    """
    if (machine or platform.machine()) in ("aarch64", "arm64"):
        return ("arm64",)
    order = (("avx512_vnni", "avx512_vnni"), ("avx_vnni", "avx_vnni"), ("avx512f", "avx512"), ("avx2", "avx2"))
    found = [next((kind for flag, kind in order if flag in flags), "")]
    return tuple(kind for kind in (*found, "amx" if "amx_int8" in flags else "") if kind)


def _cpu_lines() -> dict[str, str]:
    """The first processor of /proc/cpuinfo; empty elsewhere."""
    try:
        text = _CPUINFO.read_text()
    except OSError:
        return {}
    found: dict[str, str] = {}
    for line in text.splitlines():
        name, _, value = line.partition(":")
        found.setdefault(name.strip(), value.strip())
    return found
