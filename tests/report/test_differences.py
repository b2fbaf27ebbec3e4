from __future__ import annotations

from jettison.records import Difference
from jettison.report.differences import Change, in_ranges, shared_start, shown


def difference(
    expected: str, got: str, request: str = 'POST /pronounce {"word":"kronor"}', index: int = 7
) -> Difference:
    return Difference(index=index, request=request, expected=expected, got=got)


def test_of_two_json_answers_only_the_fields_that_differ_are_shown() -> None:
    found = shown(
        difference('{"word":"kronor","phonemes":"K R OW N ER"}', '{"word":"kronor","phonemes":"K R AA N ER"}'),
        without="POST /pronounce",
    )
    assert found.request == '{"word":"kronor"}'
    assert found.changes == (Change(field="phonemes", before="K R ", expected="OW", got="AA", after=" N ER"),)


def test_what_one_side_has_more_of_is_marked_alone() -> None:
    (change,) = shown(difference('{"p":"A B C"}', '{"p":"A C"}')).changes
    assert (change.before, change.expected, change.got, change.after) == ("A ", "B ", "", "C")


def test_a_status_that_both_have_is_not_part_of_the_answer() -> None:
    (change,) = shown(difference('200 {"word":"di","p":"D IY"}', '200 {"word":"di","p":"D AY"}')).changes
    assert (change.field, change.before, change.expected, change.got) == ("p", "D ", "IY", "AY")
    (change,) = shown(difference('200 {"p":"D"}', '400 {"p":"D"}')).changes
    assert (change.expected, change.got) == ("200", "400")


def test_the_shared_start_never_cuts_into_a_body() -> None:
    asked = [difference("a", "b", request=f'POST /p {{"word": "{word}"}}') for word in ("one", "two")]
    assert shared_start(asked) == "POST /p"


def test_a_field_that_one_side_lacks_is_a_difference() -> None:
    (change,) = shown(difference('{"p":1,"q":[1,2]}', '{"p":1}')).changes
    assert (change.field, change.expected, change.got) == ("q", "[1,2]", "nothing")


def test_answers_that_are_no_json_objects_are_compared_as_text() -> None:
    (change,) = shown(difference("500 Internal Server Error", "200 OK")).changes
    assert (change.field, change.expected, change.got) == ("", "500 Internal Server Error", "200 OK")


def test_answers_that_differ_only_in_how_they_are_written_are_shown_whole() -> None:
    (change,) = shown(difference('{"p": 1}', '{"p":1}')).changes
    assert (change.field, change.expected, change.got) == ("", '{"p": 1}', '{"p":1}')


def test_json_too_deep_to_read_is_text() -> None:
    deep = "[" * 100_000
    assert shown(difference(deep, deep + "]")).changes[0].field == ""


def test_what_all_requests_begin_with_ends_at_a_blank() -> None:
    asked = [difference("a", "b", f'POST /pronounce {{"word":"k{letter}"}}') for letter in "xy"]
    assert shared_start(asked) == "POST /pronounce"
    assert shared_start(asked[:1]) == ""
    assert shared_start([]) == ""


def test_runs_of_numbers_are_joined() -> None:
    assert in_ranges([3, 7, 8, 9, 12]) == "3, 7 to 9, 12"
    assert in_ranges([]) == ""
