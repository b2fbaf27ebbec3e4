from __future__ import annotations

import json
from email.parser import BytesParser
from email.policy import HTTP
from pathlib import Path
from typing import Any

import pytest

from jettison.errors import SettingsInvalid
from jettison.intake.requests import requests_at
from jettison.intake.settings import RequestTemplate, TruthSettings
from jettison.intake.truth import truth
from jettison.records import Request, Truth, from_json, to_json


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
        ('{"path": "/", "file": "a", "files": {"a": "b"}}', "r.jsonl:1", "both"),
        ('{"path": "/", "files": {}}', "r.jsonl:1", '"files" takes'),
        ('{"path": "/", "files": {"a": 1}}', "r.jsonl:1", "paths"),
        ('{"path": "/", "file": 1}', "r.jsonl:1", '"file" takes'),
        ('{"path": "/", "form": "a"}', "r.jsonl:1", '"form" takes'),
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


def test_files_are_sent_as_a_form(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "cat.png").write_bytes(b"\x89PNG\xff")
    (tmp_path / "b.bin").write_bytes(b"\0")
    first, again, several, whole, fields = read(
        tmp_path,
        '{"path": "/u", "files": {"file": "a/cat.png"}, "form": {"k": "ü", "n": 3}, "headers": {"X-Api-Key": "k"}}\n'
        '{"path": "/u", "form": {"k": "ü", "n": 3}, "files": {"file": "a/cat.png"}, "headers": {"X-Api-Key": "k"}}\n'
        '{"path": "/u", "files": {"f": ["a/cat.png", "b.bin"]}}\n'
        '{"method": "PUT", "path": "/raw", "file": "a/cat.png"}\n'
        '{"path": "/f", "form": {"a": "b c"}}\n',
    )
    assert first == again
    assert first.method == "POST"
    assert first.body == "k=ü n=3 file=cat.png"
    fieldset = sent_in(first)
    assert [(name, file, raw) for name, file, _, raw in fieldset] == [
        ("k", None, "ü".encode()),
        ("n", None, b"3"),
        ("file", "cat.png", b"\x89PNG\xff"),
    ]
    assert fieldset[2][2] == "image/png"
    assert dict(first.headers)["X-Api-Key"] == "k"
    assert [(name, file, raw) for name, file, _, raw in sent_in(several)] == [
        ("f", "cat.png", b"\x89PNG\xff"),
        ("f", "b.bin", b"\0"),
    ]
    assert (whole.method, whole.sent, dict(whole.headers)) == ("PUT", b"\x89PNG\xff", {"Content-Type": "image/png"})
    assert (fields.sent, dict(fields.headers)["Content-Type"]) == (b"a=b+c", "application/x-www-form-urlencoded")
    assert from_json(to_json(first), Request) == first


def sent_in(request: Request) -> list[tuple[Any, ...]]:
    """Name, file, type and content of each part of a form, as Python's own reader of messages has them."""
    head = f"Content-Type: {dict(request.headers)['Content-Type']}\r\n\r\n".encode()
    message = BytesParser(policy=HTTP).parsebytes(head + request.sent)
    return [
        (
            str(part.get_param("name", header="content-disposition")),
            part.get_filename(),
            part.get_content_type(),
            part.get_payload(decode=True),
        )
        for part in message.iter_parts()
    ]


def test_the_same_picture_under_another_name_asks_the_same(tmp_path: Path) -> None:
    for name, content in (("one.png", b"x"), ("two.png", b"x"), ("other.png", b"y")):
        (tmp_path / name).write_bytes(content)
    settled = TruthSettings(
        request=RequestTemplate(path="/", files={"file": "{picture}"}), selection="s.jsonl", verdict="v.jsonl"
    )
    lines: list[dict[str, object]] = [{"picture": f"{n}.png", "target": "t"} for n in ("one", "two", "other")]
    found, _ = judged(tmp_path, settled, s=lines[:1], v=lines[2:])
    assert b"\r\n\r\ny\r\n" in found.verdict[0].request.sent
    with pytest.raises(SettingsInvalid, match="every item of the verdict data is in the selection data"):
        judged(tmp_path, settled, s=lines[:1], v=lines[1:2])


@pytest.mark.parametrize(("name", "says"), [("gone.png", "cannot be read"), ("empty.png", "is empty"), (".", "read")])
def test_a_file_that_cannot_be_sent_is_named(tmp_path: Path, name: str, says: str) -> None:
    (tmp_path / "empty.png").touch()
    with pytest.raises(SettingsInvalid, match=says) as refused:
        read(tmp_path, json.dumps({"path": "/", "file": name}))
    assert refused.value.where == "r.jsonl:1"


def test_curl_lines_with_files(tmp_path: Path) -> None:
    (tmp_path / "cat.png").write_bytes(b"\x89PNG")
    form, fields, whole = read(
        tmp_path,
        "curl -F file=@cat.png -F k=v http://h/u\ncurl -F k=v http://h/f\n"
        "curl --data-binary @cat.png -H 'Content-Type: image/png' http://h/raw\n",
        "requests.sh",
    )
    assert [(name, raw) for name, _, _, raw in sent_in(form)] == [("k", b"v"), ("file", b"\x89PNG")]
    assert fields.sent == b"k=v"
    assert (whole.method, whole.sent, whole.headers) == ("POST", b"\x89PNG", (("Content-Type", "image/png"),))


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
    entry: dict[str, dict[str, object]] = {
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
    entry["request"]["postData"] = {"mimeType": "multipart/form-data; boundary=x", "text": "--x--"}
    with pytest.raises(SettingsInvalid, match="does not record"):
        read(tmp_path, json.dumps({"log": {"entries": [entry]}}), "r.har")
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
