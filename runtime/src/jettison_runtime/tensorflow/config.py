"""``tf.config``: there are no GPUs, and threads are those of the runtime."""

from __future__ import annotations

import os
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

__all__ = ["experimental", "list_physical_devices", "set_visible_devices", "threading"]


@dataclass(frozen=True)
class PhysicalDevice:
    """A device of this machine."""

    name: str
    device_type: str


def list_physical_devices(device_type: str | None = None) -> list[PhysicalDevice]:
    """The devices of a kind, or all of them: the CPU alone."""
    found = PhysicalDevice(name="/physical_device:CPU:0", device_type="CPU")
    return [found] if device_type in (None, "CPU") else []


def set_visible_devices(devices: Any, device_type: str | None = None) -> None:
    """Only the CPU is used, whatever is visible."""


def _set_memory_growth(device: Any, enable: bool) -> None:
    """Of a GPU."""


def _set_threads(num_threads: int) -> None:
    """Threads of the models that are loaded from here on."""
    if num_threads:
        os.environ["JETTISON_THREADS"] = str(num_threads)


def _set_together(num_threads: int) -> None:
    """How many nodes of a graph run at a time: one."""


threading = SimpleNamespace(
    set_intra_op_parallelism_threads=_set_threads, set_inter_op_parallelism_threads=_set_together
)
experimental = SimpleNamespace(
    list_physical_devices=list_physical_devices,
    set_visible_devices=set_visible_devices,
    set_memory_growth=_set_memory_growth,
)
