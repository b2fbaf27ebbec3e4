"""When two answers are the same."""

from __future__ import annotations

import json

import pytest

from jettison.answers import differences, field_of, outputs, replay, same
from jettison.records import Answer, Request


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


def test_what_the_original_does_not_repeat_is_not_compared_and_both_its_answers_are_kept() -> None:
    requests = [Request(method="GET", path=f"/{name}") for name in "abc"]
    expected = [answer({"a": 1}), answer({"a": 2}), answer({"a": 3})]
    got = [answer({"a": 1}), answer({"a": 7}), answer({"a": 8})]
    found = replay("int8", requests, expected, got, {1: answer({"a": 5}), 0: answer('{"a":  1}')})
    assert (found.unstable, found.otherwise) == ((1,), (answer({"a": 5}),))
    assert [each.index for each in found.differences] == [2]
    assert (found.expected, found.got, found.requests) == (tuple(expected), tuple(got), 3)
    assert list(outputs(expected, got, found.unstable)) == ['200 {"a": 1}', '200 {"a": 2}', '200 {"a": 8}']
    with pytest.raises(ValueError, match="3 requests, 3 and 2 answers"):
        replay("int8", requests, expected, got[:2], {})


@pytest.mark.parametrize(
    ("other", "equal"),
    [
        ({"label": "good", "score": 0.92, "all": [0.92, 0.08]}, True),
        ({"label": "good", "score": 0.9004, "all": [0.9, 0.1]}, True),
        ({"label": "good", "score": 0.8999, "all": [0.9, 0.1]}, False),
        ({"label": "bad", "score": 0.92, "all": [0.92, 0.08]}, False),
        ({"label": "good", "score": 0.92, "all": [0.92, 0.08, 0.0]}, False),
        ({"label": "good", "score": 1, "all": [0.92, 0.08]}, False),
        ({"label": "good", "score": "0.92", "all": [0.92, 0.08]}, False),
    ],
)
def test_scores_may_lie_as_far_apart_as_the_settings_say_and_nothing_else(
    other: dict[str, object], equal: bool
) -> None:
    one, another = answer({"label": "good", "score": 0.9502, "all": [0.95, 0.05]}), answer(other)
    assert same(one, another, within=0.05) is equal
    assert not same(one, another)
    asked = [Request(method="GET", path="/")]
    found = replay("int8", asked, [one], [another], {}, within=0.05)
    assert (found.scores_within, len(found.differences)) == (0.05, int(not equal))
    assert (list(outputs([one], [another], (), 0.05)) == [f"200 {one.body}"]) is equal


def test_answers_too_deep_to_compare_by_value_are_compared_to_the_letter() -> None:
    deep = "[" * 100_000 + "]" * 100_000
    assert same(answer(deep), answer(deep))
    assert not same(answer(deep), answer(f" {deep}"))
    shallower = "[" * 700 + "]" * 700
    assert not same(answer(shallower), answer(shallower[:700] + "1" + shallower[700:]))


def test_a_field_is_found_by_its_dotted_path() -> None:
    found = answer({"result": [{"text": "yes"}, {"text": 7}]})
    assert field_of(found, "result.0.text") == "yes"
    assert field_of(found, "result.1.text") == "7"
    assert field_of(found, "result.2.text") == ""
    assert field_of(answer("plain"), "text") == ""
