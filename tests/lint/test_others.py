"""The page about other linters says which of our rules looks at what they look at."""

from __future__ import annotations

import re
from pathlib import Path

from jettison.lint.rules import RULES

PAGE = Path(__file__).parents[2] / "docs" / "lint-others.md"


def test_every_code_that_a_rule_takes_over_stands_beside_it_on_the_page() -> None:
    rows = [row for row in PAGE.read_text("utf-8").splitlines() if row.startswith("|")]
    for rule in RULES:
        for code in rule.ALSO:
            row = next((row for row in rows if re.search(rf"\b{code}\b", row)), "")
            assert re.search(rf"\b{rule.CODE}\b", row), f"{code} is {rule.CODE}'s, and the page does not say so"
