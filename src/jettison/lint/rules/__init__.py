"""The rules, a module each.

A rule says what it looks for, why, and shows it: its examples are its tests and its page in the docs.
"""

from __future__ import annotations

from ..rule import Rule
from . import (
    l01_pip_cache,
    l02_tool_caches,
    l03_cache_removed_later,
    l04_copied_owner,
    l05_removed_later,
    l06_runs_apart,
    l07_apt_lists,
    l08_apt_recommends,
    l11_whole_stage,
    l12_source_before_install,
    l14_written_twice,
    l15_copied_twice,
    l16_environment_moved,
    l17_sparse_lastlog,
    l18_many_layers,
)

RULES: list[Rule] = [
    l01_pip_cache,
    l02_tool_caches,
    l03_cache_removed_later,
    l04_copied_owner,
    l05_removed_later,
    l06_runs_apart,
    l07_apt_lists,
    l08_apt_recommends,
    l11_whole_stage,
    l12_source_before_install,
    l14_written_twice,
    l15_copied_twice,
    l16_environment_moved,
    l17_sparse_lastlog,
    l18_many_layers,
]
