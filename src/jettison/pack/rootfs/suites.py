"""Which Python each suite of Debian and Ubuntu has. The Python is chosen first, the suite follows."""

from __future__ import annotations

from dataclasses import dataclass

from ...errors import EnvironmentUnusable


@dataclass(frozen=True, kw_only=True)
class Suite:
    """One release of a distribution."""

    distribution: str
    codename: str
    python: str


SUITES: tuple[Suite, ...] = (
    Suite(distribution="debian", codename="bookworm", python="3.11"),
    Suite(distribution="debian", codename="trixie", python="3.13"),
    Suite(distribution="ubuntu", codename="jammy", python="3.10"),
    Suite(distribution="ubuntu", codename="noble", python="3.12"),
)


def nearest(python: str, distribution: str) -> tuple[Suite, str]:
    """The suite whose Python is the one asked for, else the next newer, else the newest; and a note when it differs.

    Newer rather than older, because code written for a Python may use all of it.

    :raises EnvironmentUnusable: the distribution has no suite in the table
    """
    offered = sorted((s for s in SUITES if s.distribution == distribution), key=lambda suite: _number(suite.python))
    if not offered:
        raise EnvironmentUnusable(
            f"there is no base for {distribution}",
            where="pack/rootfs/suites.py",
            next_step="give a base image as an OCI layout",
        )
    suite = next((s for s in offered if _number(s.python) >= _number(python)), offered[-1])
    if suite.python == python:
        return suite, ""
    return suite, (
        f"the service asks for Python {python}; {distribution} {suite.codename} has {suite.python}, "
        "which is what the image ships (a base with another Python can be given as an OCI layout)"
    )


def _number(python: str) -> tuple[int, ...]:
    return tuple(int(part) for part in python.split(".")[:2] if part.isdecimal())
