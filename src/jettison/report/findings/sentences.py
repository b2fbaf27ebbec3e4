"""What all formats say alike: what a finding costs, how it is mended, and how it stands in all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ...records import Finding, Saving
from ..figures import bytes_text
from .costs import HOW, costs
from .shown import Shown


def cost(saving: Saving | None) -> str:
    """``6.1 GB weighed``; empty when nothing is known."""
    if saving is None:
        return ""
    if not saving.size_bytes:
        return "no byte"
    return f"{bytes_text(saving.size_bytes)} {HOW[saving.known]}"


def cost_with_source(saving: Saving | None) -> str:
    """``costs 6.1 GB, weighed: wheels, as their index serves them``; empty when nothing is known."""
    if saving is None:
        return ""
    if not saving.size_bytes:
        return f"costs no byte: {saving.source}"
    return f"costs {bytes_text(saving.size_bytes)}, {HOW[saving.known]}: {saving.source}"


def mending(finding: Finding) -> str:
    """What makes the fix."""
    if finding.fix == "safe":
        return "--fix mends it"
    if finding.fix == "verify":
        return "--fix-verify mends it; build and compare afterwards"
    return "a person decides"


def counted(findings: Sequence[Finding]) -> str:
    """``1 finding``."""
    return f"{len(findings):,} finding{'' if len(findings) == 1 else 's'}"


def in_all(findings: Sequence[Finding]) -> str:
    """``9 findings cost 6.45 GB (weighed 6.1 GB, …), each byte counted once``."""
    sums = costs(findings)
    if not findings:
        return "nothing found"
    if not sums.size_bytes:
        return counted(findings)
    verb = "costs" if len(findings) == 1 else "cost"
    return f"{counted(findings)} {verb} {sums.text}{', each byte counted once' if len(findings) > 1 else ''}"


def ways(findings: Sequence[Finding]) -> str:
    """``5 can be mended with --fix, 2 more with --fix-verify; 2 need a person``."""
    by_class = Counter(each.fix for each in findings)
    said: list[str] = []
    if by_class["safe"]:
        said.append(f"{by_class['safe']:,} can be mended with --fix")
    if by_class["verify"]:
        more = " more" if said else " can be mended"
        said.append(f"{by_class['verify']:,}{more} with --fix-verify")
    text = ", ".join(said)
    if by_class["suggest"]:
        alone = "needs" if by_class["suggest"] == 1 else "need"
        text += f"{'; ' if text else ''}{by_class['suggest']:,} {alone} a person"
    return text


def next_step(shown: Shown) -> str:
    """The command that mends most, or explains; empty when nothing was found."""
    left = {each.fix for each in shown.found.findings}
    if "safe" in left:
        return f"{shown.command} --fix"
    if "verify" in left:
        return f"{shown.command} --fix-verify"
    if left:
        return f"jettison lint --explain {shown.found.findings[0].code}"
    return ""
