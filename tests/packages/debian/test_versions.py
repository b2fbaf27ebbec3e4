from __future__ import annotations

import random

import pytest

from jettison.packages.debian.versions import compare, key, satisfies

ASCENDING = [
    "0~~",
    "0~~a",
    "0~",
    "0",
    "0.1~rc1-1",
    "0.1-1",
    "0.1-1+b1",
    "0.1-1.1",
    "0.9",
    "0.10",
    "1.0~beta1~svn1245",
    "1.0~beta1",
    "1.0",
    "1.0-0ubuntu1",
    "1.0-1~bpo1",
    "1.0-1",
    "1.0-1+deb12u2",
    "1.0-1+deb12u9",
    "1.0-1+deb12u10",
    "1.0a",
    "1.0z",
    "1.0+dfsg",
    "1.0.1",
    "1.0.1a",
    "10",
    "1:0",
    "1:1.2.13.dfsg-1",
    "2:0.1",
]
"""Worked out by hand from the rules of the policy's section on versions."""


def test_versions_stand_in_the_order_of_the_policy() -> None:
    shuffled = ASCENDING[:]
    random.Random(1).shuffle(shuffled)
    assert sorted(shuffled, key=key) == ASCENDING
    for position, older in enumerate(ASCENDING):
        for newer in ASCENDING[position + 1 :]:
            assert compare(older, newer) < 0 < compare(newer, older), (older, newer)


@pytest.mark.parametrize(
    ("one", "other"),
    [("1.0", "0:1.0"), ("1.0", "1.0-0"), ("1.0", "1.00"), ("1.0-1", "1.0-01"), ("a", "a0"), ("1.0-", "1.0-0")],
)
def test_versions_that_differ_only_in_writing_are_equal(one: str, other: str) -> None:
    assert compare(one, other) == 0
    assert key(one) == key(other)


def test_the_last_dash_divides_upstream_from_revision() -> None:
    assert compare("1.0-rc1-1", "1.0-rc1-2") < 0
    assert compare("1.0-rc2-1", "1.0-rc1-2") > 0


@pytest.mark.parametrize(
    ("relation", "truths"),
    [
        ("<<", (True, False, False)),
        ("<=", (True, True, False)),
        ("=", (False, True, False)),
        (">=", (False, True, True)),
        (">>", (False, False, True)),
    ],
)
def test_a_relation_holds_under_at_or_over_its_version(relation: str, truths: tuple[bool, bool, bool]) -> None:
    for version, truth in zip(("1.0~", "1.0", "1.0-1"), truths, strict=True):
        assert satisfies(version, relation, "1.0") is truth  # type: ignore[arg-type]
