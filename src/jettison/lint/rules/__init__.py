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
    l12_source_before_install,
    l17_sparse_lastlog,
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
    l12_source_before_install,
    l17_sparse_lastlog,
]
