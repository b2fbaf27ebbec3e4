from __future__ import annotations

import json
from pathlib import Path

import pytest

from jettison.errors import SettingsInvalid
from jettison.intake.requests import requests_at
from jettison.intake.settings import RequestTemplate, TruthSettings
from jettison.intake.truth import truth
from jettison.records import Request, Truth


def read(tmp_path: Path, text: str, name: str = "r.jsonl") -> tuple[Request, ...]:
    (tmp_path / name).write_text(text)
    return requests_at(tmp_path / name)


def test_json_lines(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        '{"method": "post", "path": "/a?b=c", "json": {"x": "ü", "n": null}}\n\n'
        '{"path": "/t", "body": "x=1", "headers": {"Content-Type": "text/plain"}}\n{"path": "/h"}\n'
        '{"path": "/l", "json": [1]}\n',
    )
    as_json = (("Content-Type", "application/json"),)
    assert found == (
        Request(method="POST", path="/a?b=c", headers=as_json, body='{"x": "ü", "n": null}'),
        Request(method="POST", path="/t", headers=(("Content-Type", "text/plain"),), body="x=1"),
        Request(method="GET", path="/h"),
        Request(method="POST", path="/l", headers=as_json, body="[1]"),
    )


def test_a_content_type_of_ones_own_is_kept(tmp_path: Path) -> None:
    (found,) = read(tmp_path, '{"path": "/", "json": 1, "headers": {"content-type": "application/vnd.x+json"}}')
    assert found.headers == (("content-type", "application/vnd.x+json"),)


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ('{"path": "/"}\n{', "r.jsonl:2", "no JSON"),
        ("[1]", "r.jsonl:1", "no JSON object"),
        ("[" * 100_000, "r.jsonl:1", "no JSON"),
        ('{"method": "GET"}', "r.jsonl:1", '"path"'),
        ('{"path": "x"}', "r.jsonl:1", '"path"'),
        ('{"path": "/", "method": "FETCH"}', "r.jsonl:1", "none of GET"),
        ('{"path": "/", "method": 1}', "r.jsonl:1", "none of GET"),
        ('{"path": "/", "headers": []}', "r.jsonl:1", '"headers"'),
        ('{"path": "/", "body": 1}', "r.jsonl:1", '"body"'),
        ('{"path": "/", "body": "a", "json": 1}', "r.jsonl:1", "both"),
    ],
)
def test_a_line_that_is_no_request_is_named(tmp_path: Path, text: str, place: str, says: str) -> None:
    with pytest.raises(SettingsInvalid) as refused:
        read(tmp_path, text)
    assert refused.value.where == place
    assert says in refused.value.what


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match="cannot be opened"):
        requests_at(tmp_path / "gone.jsonl")
    (tmp_path / "x.jsonl").write_bytes(b"\xff\xff")
    with pytest.raises(SettingsInvalid, match="not UTF-8"):
        requests_at(tmp_path / "x.jsonl")


def test_curl_lines(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "#!/bin/sh\n# health\ncurl http://localhost:8080/health\n\n"
        "curl -s -X POST 'localhost:8080/a?b=c' \\\n  -H 'Content-Type: application/json' \\\n"
        "  -d '{\"x\": \"it'\\''s\"}'\n"
        "curl --json '{}' --max-time 5 http://h/j\ncurl -d a=1 -d b=2 http://h/f\nsleep 1\n",
        "requests.sh",
    )
    assert found == (
        Request(method="GET", path="/health"),
        Request(method="POST", path="/a?b=c", headers=(("Content-Type", "application/json"),), body='{"x": "it\'s"}'),
        Request(method="POST", path="/j", headers=(("Content-Type", "application/json"),), body="{}"),
        Request(
            method="POST",
            path="/f",
            headers=(("Content-Type", "application/x-www-form-urlencoded"),),
            body="a=1&b=2",
        ),
    )


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("curl -d @file http://h/", "lines of a file"),
        ("curl -F 'a=@b;type=image/png' http://h/", "form's file"),
        ("curl 'x", "quotes"),
    ],
)
def test_curl_lines_that_cannot_be_replayed_are_named(tmp_path: Path, line: str, says: str) -> None:
    with pytest.raises(SettingsInvalid) as refused:
        read(tmp_path, line, "requests.sh")
    assert says in refused.value.what
    assert refused.value.where == "requests.sh:1"


def test_a_browsers_recording(tmp_path: Path) -> None:
    entry = {
        "request": {
            "method": "POST",
            "url": "https://h.example/predict?v=1",
            "headers": [
                {"name": "Content-Type", "value": "application/json"},
                {"name": "User-Agent", "value": "browser"},
            ],
            "postData": {"mimeType": "application/json", "text": '{"a": 1}'},
        }
    }
    get = {"request": {"method": "GET", "url": "https://h.example", "headers": []}}
    found = read(tmp_path, json.dumps({"log": {"entries": [entry, get]}}), "r.har")
    assert found == (
        Request(method="POST", path="/predict?v=1", headers=(("Content-Type", "application/json"),), body='{"a": 1}'),
        Request(method="GET", path="/"),
    )
    with pytest.raises(SettingsInvalid, match="no HAR file"):
        read(tmp_path, "{}", "r.har")


TEMPLATE = RequestTemplate(path="/p/{kind}", json={"word": "{input}", "list": ["{tags}", "<{input}>"], "n": 3})


def judged(tmp_path: Path, settled: TruthSettings, **files: list[dict[str, object]]) -> tuple[Truth, list[str]]:
    notes: list[str] = []
    for name, lines in files.items():
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return truth(settled, tmp_path, notes), notes


def test_a_line_fills_the_template(tmp_path: Path) -> None:
    settled = TruthSettings(
        request=TEMPLATE, selection="s.jsonl", verdict="v.jsonl", target="right", answer="a.b", metric="exact_match"
    )
    line: dict[str, object] = {"input": "x{kind}", "kind": "k", "tags": [1, 2], "right": 5}
    found, _ = judged(tmp_path, settled, s=[line], v=[{**line, "input": "y"}])
    (first,) = found.selection
    assert first.request.path == "/p/k"
    assert json.loads(first.request.body) == {"word": "x{kind}", "list": [[1, 2], "<x{kind}>"], "n": 3}
    assert (first.target, found.answer, found.metric) == ("5", "a.b", "exact_match")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ({"input": "x", "kind": "k", "tags": []}, "no field 'target'"),
        ({"input": "x", "target": "t"}, "no field 'kind'"),
    ],
)
def test_a_line_that_lacks_a_field_is_named(tmp_path: Path, line: dict[str, object], says: str) -> None:
    settled = TruthSettings(request=TEMPLATE, selection="s.jsonl", verdict="s.jsonl")
    with pytest.raises(SettingsInvalid) as refused:
        judged(tmp_path, settled, s=[line])
    assert says in refused.value.what
    assert refused.value.where == "s.jsonl:1"


SIMPLE = RequestTemplate(path="/", json="{input}")


def test_parts_that_share_a_request_are_refused(tmp_path: Path) -> None:
    settled = TruthSettings(request=SIMPLE, selection="s.jsonl", verdict="v.jsonl")
    lines: list[dict[str, object]] = [{"input": str(n), "target": "t"} for n in range(5)]
    judged(tmp_path, settled, s=lines[:3], v=lines[3:])
    with pytest.raises(SettingsInvalid) as refused:
        judged(tmp_path, settled, s=lines[:3], v=[*lines[3:], {"input": "0", "target": "another"}])
    assert refused.value.what == "1 of 3 items of the verdict data are in the selection data too"
    assert refused.value.where == "v.jsonl:3 is s.jsonl:1"


def test_verdict_data_that_are_the_calibration_data_are_refused(tmp_path: Path) -> None:
    settled = TruthSettings(request=SIMPLE, selection="s.jsonl", verdict="v.jsonl", calibration="c.jsonl")
    lines: list[dict[str, object]] = [{"input": f"text {n}", "target": "t"} for n in range(20)]
    found, _ = judged(tmp_path, settled, s=lines[:5], v=lines[5:10], c=[{"input": "text 10"}, {"input": "text 11"}])
    assert [each.body for each in found.calibration] == ['"text 10"', '"text 11"']
    with pytest.raises(SettingsInvalid) as refused:
        judged(tmp_path, settled, s=lines[:5], v=lines[5:], c=[{"input": f"text {n}"} for n in range(19, 4, -1)])
    assert refused.value.what == "every item of the verdict data is in the calibration data too"
    assert refused.value.where.startswith("v.jsonl:1 is c.jsonl:15, v.jsonl:2 is c.jsonl:14, ")
    assert refused.value.where.endswith(", and 10 more")
    with pytest.raises(SettingsInvalid, match="of the selection data are in the calibration data"):
        judged(tmp_path, settled, s=lines[:5], v=lines[5:], c=[lines[0]])


def test_the_same_question_in_other_white_space_or_order_of_keys_is_the_same(tmp_path: Path) -> None:
    settled = TruthSettings(request=RequestTemplate(path="/", json="{q}"), selection="s.jsonl", verdict="v.jsonl")
    with pytest.raises(SettingsInvalid, match="every item of the verdict data"):
        judged(
            tmp_path,
            settled,
            s=[{"q": {"a": "one  two ", "b": 1}, "target": "t"}],
            v=[{"q": {"b": 1, "a": "one two"}, "target": "t"}],
        )


def test_lines_that_repeat_an_earlier_one_count_once_and_are_told(tmp_path: Path) -> None:
    settled = TruthSettings(request=SIMPLE, selection="s.jsonl", verdict="v.jsonl")
    lines: list[dict[str, object]] = [{"input": n % 3, "target": "t"} for n in range(7)]
    found, notes = judged(tmp_path, settled, s=[*lines, {"input": 0, "target": "u"}], v=[{"input": 9, "target": "t"}])
    assert [(each.request.body, each.target) for each in found.selection] == [
        ("0", "t"),
        ("1", "t"),
        ("2", "t"),
        ("0", "u"),
    ]
    assert notes == [
        "selection data: 4 of 8 lines repeat an earlier one; each counts once",
        "selection data: 1 inputs have more than one right answer",
    ]


def test_a_right_answer_that_is_no_text_is_kept_as_json(tmp_path: Path) -> None:
    settled = TruthSettings(request=SIMPLE, selection="s.jsonl", verdict="v.jsonl", metric="recall@2")
    found, _ = judged(
        tmp_path,
        settled,
        s=[{"input": 1, "target": ["ü", 2]}],
        v=[{"input": 2, "target": True}],
    )
    assert [each.target for each in (*found.selection, *found.verdict)] == ['["ü", 2]', "true"]


@pytest.mark.parametrize(
    ("labels", "said", "positive"),
    [
        (["POSITIVE", "NEGATIVE"], None, "POSITIVE"),
        ([1, 0], None, "1"),
        (["spam", "ham"], "spam", "spam"),
        (["spam", "ham"], None, ""),
        (["spam", "ham"], "eggs", ""),
        (["spam", "spam"], "spam", ""),
        (["a", "b", "1"], None, ""),
        (["a", "b", "1"], "1", "1"),
    ],
)
def test_the_positive_label_is_named_or_one_that_shows(
    tmp_path: Path, labels: list[object], said: str | None, positive: str
) -> None:
    settled = TruthSettings(request=SIMPLE, selection="s.jsonl", verdict="v.jsonl", metric="f1", positive=said)
    lines: list[dict[str, object]] = [{"input": n, "target": label} for n, label in enumerate(labels)]
    if positive:
        assert judged(tmp_path, settled, s=lines[:1], v=lines[1:])[0].positive == positive
    else:
        with pytest.raises(SettingsInvalid, match="f1 needs two labels at least"):
            judged(tmp_path, settled, s=lines[:1], v=lines[1:])


def test_a_metric_of_ones_own_is_read_and_not_run(tmp_path: Path) -> None:
    settled = TruthSettings(request=SIMPLE, selection="s.jsonl", verdict="v.jsonl", metric="score.py:near")
    lines: list[dict[str, object]] = [{"input": n, "target": "t"} for n in range(2)]
    (tmp_path / "score.py").write_text("raise SystemExit('was run')\ndef near(a, b): return 1.0\n")
    found, _ = judged(tmp_path, settled, s=lines[:1], v=lines[1:])
    assert (found.metric, found.code) == ("score.py:near", (tmp_path / "score.py").read_text())
    for text, says in (("def other(a, b): ...", "no function near"), ("def near(", "no Python")):
        (tmp_path / "score.py").write_text(text)
        with pytest.raises(SettingsInvalid, match=says):
            judged(tmp_path, settled, s=lines[:1], v=lines[1:])
    (tmp_path / "score.py").unlink()
    with pytest.raises(SettingsInvalid, match="cannot be opened"):
        judged(tmp_path, settled, s=lines[:1], v=lines[1:])


def test_an_empty_part_is_refused(tmp_path: Path) -> None:
    settled = TruthSettings(request=SIMPLE, selection="s.jsonl", verdict="v.jsonl")
    with pytest.raises(SettingsInvalid, match="no labelled line for the verdict"):
        judged(tmp_path, settled, s=[{"input": "1", "target": "t"}], v=[])


def test_one_file_is_split_by_content_whatever_its_order(tmp_path: Path) -> None:
    settled = TruthSettings(request=SIMPLE, data="d.jsonl")
    lines: list[dict[str, object]] = [{"input": f"word {n}", "target": str(n)} for n in range(1000)]
    found, notes = judged(tmp_path, settled, d=[*lines, lines[0]])
    assert 150 < len(found.selection) < 250
    assert len(found.selection) + len(found.verdict) == 1000
    assert not {each.request for each in found.selection} & {each.request for each in found.verdict}
    assert notes == [
        "labelled data: 1 of 1,001 lines repeat an earlier one; each counts once",
        f"d.jsonl was split by the hash of each request: {len(found.selection)} lines for selection, "
        f"{len(found.verdict)} for the verdict",
    ]
    other, _ = judged(tmp_path, settled, d=lines[::-1])
    assert {each.request for each in other.selection} == {each.request for each in found.selection}
