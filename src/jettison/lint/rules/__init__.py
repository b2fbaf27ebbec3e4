"""The rules, a module each.

A rule says what it looks for, why, and shows it: its examples are its tests and its page in the docs.
"""

from __future__ import annotations

from ..rule import Rule
from . import (
    l01_pip_cache,
    l07_apt_lists,
    w09_two_frameworks,
    w11_torch_beside_onnx,
    w12_old_onnxruntime,
    w13_opencv,
    w14_tools,
    w15_unused,
    w16_dev_groups,
    w17_needless_compilers,
    w18_wide_extras,
    w19_unpinned,
)

RULES: list[Rule] = [
    w09_two_frameworks,
    w11_torch_beside_onnx,
    w12_old_onnxruntime,
    w13_opencv,
    w14_tools,
    w15_unused,
    w16_dev_groups,
    w17_needless_compilers,
    w18_wide_extras,
    w19_unpinned,
    l01_pip_cache,
    l07_apt_lists,
]
