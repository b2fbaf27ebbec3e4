"""The rules, a module each.

A rule says what it looks for, why, and shows it: its examples are its tests and its page in the docs.
"""

from __future__ import annotations

from ..rule import Rule
from . import (
    b01_full_python,
    b02_cuda_base,
    b03_cuda_devel,
    b04_cuda_twice,
    b05_workbench_base,
    b06_conda,
    b07_alpine,
    b08_unpinned_base,
    b09_end_of_support,
    b10_functions_base,
    l01_pip_cache,
    l07_apt_lists,
    l09_tools,
    l10_stages,
    l13_ignore_file,
    m01_weights_with_code,
    m02_model_twice,
    m03_cache_with_copies,
    m04_formats,
    m05_unquantized,
    m06_training,
    m07_model_moved,
    m08_model_at_start,
    m09_offline,
    m12_download_token,
)

RULES: list[Rule] = [
    l01_pip_cache,
    l07_apt_lists,
    l09_tools,
    l10_stages,
    l13_ignore_file,
    b01_full_python,
    b02_cuda_base,
    b03_cuda_devel,
    b04_cuda_twice,
    b05_workbench_base,
    b06_conda,
    b07_alpine,
    b08_unpinned_base,
    b09_end_of_support,
    b10_functions_base,
    m01_weights_with_code,
    m02_model_twice,
    m03_cache_with_copies,
    m04_formats,
    m05_unquantized,
    m06_training,
    m07_model_moved,
    m08_model_at_start,
    m09_offline,
    m12_download_token,
]
