"""What a CPU computes right in 8 bits."""

from __future__ import annotations

import platform
from collections.abc import Sequence

from jettison.machine import SATURATING, host, kinds


def weight_bits(cpus: Sequence[str], flags: Sequence[str] | None = None, machine: str = "") -> int:
    """8 where the sums of 8-bit products are exact, 7 where two of them may saturate 16 bits: an x86 CPU without VNNI.

    255 x 127 twice is more than 32,767, and 255 x 63 twice is less: with 7 bits nothing can saturate, and the fast
    kernels of those CPUs serve.
    Source: ONNX Runtime's documentation of quantization, "reduce_range".

    :param cpus: what the model shall run on, of `machine.CPUS`; empty: a CPU with these flags.
    :param flags: of that CPU; None: of this one.
    """
    if cpus:
        return 7 if set(cpus) & set(SATURATING) else 8
    machine = machine or platform.machine()
    if machine not in ("x86_64", "AMD64", "i686"):
        return 8
    found = kinds(host().flags if flags is None else flags, machine)
    return 8 if found and not set(found) & set(SATURATING) else 7
