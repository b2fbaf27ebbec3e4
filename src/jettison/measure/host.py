"""The machine's identity, which is part of every number."""

from __future__ import annotations

import os
import platform
from pathlib import Path

from jettison.records import Host

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


def host() -> Host:
    """This machine, as this process may use it."""
    from jettison_runtime.threads import usable

    lines = _cpu_lines()
    flags = set((lines.get("flags") or lines.get("Features") or "").split())
    return Host(
        cpu=lines.get("model name") or platform.processor() or platform.machine(),
        flags=tuple(flag for flag in DECIDING_FLAGS if flag in flags),
        cores=usable(),
        memory_bytes=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        system=f"{platform.system()} {platform.release()} {platform.machine()}",
        python=platform.python_version(),
        load_average=os.getloadavg()[0],
    )


def _cpu_lines() -> dict[str, str]:
    """The first processor of /proc/cpuinfo; empty elsewhere."""
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return {}
    found: dict[str, str] = {}
    for line in text.splitlines():
        name, _, value = line.partition(":")
        found.setdefault(name.strip(), value.strip())
    return found
