"""The rules, a module each.

A rule says what it looks for, why, and shows it: its examples are its tests and its page in the docs.
"""

from __future__ import annotations

from ..rule import Rule
from . import (
    l01_pip_cache,
    l07_apt_lists,
    w01_cuda_torch,
    w02_cuda_torch_through_others,
    w03_cuda_in_lock,
    w04_torch_index_shadows,
    w05_torch_family,
    w06_lock_not_used,
    w07_cpu_pin_without_index,
    w08_tensorflow_cpu,
    w10_onnxruntime_gpu,
)

RULES: list[Rule] = [
    w01_cuda_torch,
    w02_cuda_torch_through_others,
    w03_cuda_in_lock,
    w04_torch_index_shadows,
    w05_torch_family,
    w06_lock_not_used,
    w07_cpu_pin_without_index,
    w08_tensorflow_cpu,
    w10_onnxruntime_gpu,
    l01_pip_cache,
    l07_apt_lists,
]
