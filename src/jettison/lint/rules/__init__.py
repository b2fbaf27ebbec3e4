"""The rules, a module each.

A rule says what it looks for, why, and shows it: its examples are its tests and its page in the docs.
"""

from __future__ import annotations

from ..rule import Rule
from . import (
    l01_pip_cache,
    l07_apt_lists,
    l09_tools,
    l10_stages,
    l13_ignore_file,
)

RULES: list[Rule] = [
    l01_pip_cache,
    l07_apt_lists,
    l09_tools,
    l10_stages,
    l13_ignore_file,
]
