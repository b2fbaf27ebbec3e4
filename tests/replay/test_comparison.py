"""When two answers are the same."""

from __future__ import annotations

import json

import pytest

from jettison.records import Answer, Request
from jettison.replay.comparison import differences, field_of, same


def answer(body: object, status: int = 200, content_type: str = "application/json") -> Answer:
    return Answer(status=status, content_type=content_type, body=body if isinstance(body, str) else json.dumps(body))


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (answer({"a": 1, "b": [1, 2]}), answer('{"b": [1,2],  "a": 1}\n'), True),
        (answer({"a": 1}), answer({"a": 2}), False),
        (answer({"a": 1}), answer({"a": 1}, status=201), False),
        (answer({"a": 1}), answer({"a": 1}, content_type="text/html"), False),
        (answer({"score": 0.123456}), answer({"score": 0.123457}), True),
        (answer({"score": 0.1234}), answer({"score": 0.1240}), False),
        (answer({"a": 1}), answer({"a": True}), False),
        (answer({"a": 1}), answer({"a": 1, "b": None}), False),
        (answer([1, 2]), answer([2, 1]), False),
        (answer("<p>x</p>", content_type="text/html"), answer("<p>y</p>", content_type="text/html"), False),
        (answer("not json"), answer("not json"), True),
    ],
)
def test_same_means_that_a_client_cannot_tell(one: Answer, other: Answer, equal: bool) -> None:
    assert same(one, other) is equal
    assert same(other, one) is equal


def test_every_difference_is_listed_with_its_request() -> None:
    requests = [Request(method="POST", path="/a", body="x"), Request(method="GET", path="/b")]
    found = differences(range(2), requests, [answer({"a": 1}), answer({})], [answer({"a": 2}), answer({})])
    assert [(each.index, each.request, each.expected, each.got) for each in found] == [
        (0, "POST /a x", '200 {"a": 1}', '200 {"a": 2}')
    ]


def test_a_field_is_found_by_its_dotted_path() -> None:
    found = answer({"result": [{"text": "yes"}, {"text": 7}]})
    assert field_of(found, "result.0.text") == "yes"
    assert field_of(found, "result.1.text") == "7"
    assert field_of(found, "result.2.text") == ""
    assert field_of(answer("plain"), "text") == ""
