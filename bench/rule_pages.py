"""``make docs``: the pages of the rules, made out of the rules."""

from __future__ import annotations

import sys

from .dated import ROOT

PAGES = ROOT / "docs" / "rules"


def main() -> int:
    """Write ``docs/rules``; pages of rules that are no more go."""
    from jettison.lint import described_rules
    from jettison.report.findings import pages

    made = pages(described_rules())
    PAGES.mkdir(exist_ok=True)
    for left in {each.name for each in PAGES.glob("*.md")} - made.keys():
        (PAGES / left).unlink()
    for name, text in made.items():
        (PAGES / name).write_text(text, encoding="utf-8")
    print(f"{len(made)} pages in {PAGES.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
