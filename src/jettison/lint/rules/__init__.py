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
    l13_ignore_file,
    p02_bytecode,
    p05_installers,
    p09_two_environments,
    r01_root,
    r02_healthcheck,
    r03_start_form,
    r04_workers,
    r05_cache_folders,
    r06_secrets,
    r07_threads,
    r08_development,
    t01_binding,
    t02_start_limit,
    t03_size_limit,
    t06_platform,
)

RULES: list[Rule] = [
    l01_pip_cache,
    l07_apt_lists,
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
    p02_bytecode,
    p05_installers,
    p09_two_environments,
    r01_root,
    r02_healthcheck,
    r03_start_form,
    r04_workers,
    r05_cache_folders,
    r06_secrets,
    r07_threads,
    r08_development,
    t01_binding,
    t02_start_limit,
    t03_size_limit,
    t06_platform,
]
