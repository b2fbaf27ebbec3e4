"""Questions in friendly JSON, without a server: each task's fields, answers, and what they refuse."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from PIL import Image

import jettison_runtime
from jettison.workspace import Workspace
from jettison_runtime.serving import friendly
from jettison_runtime.serving.asking import Bounds, Question, Unfit, question
from jettison_runtime.serving.asking.kinds import Base64, Flag, Number, OneOrSeveral, Pair, Several, Text, Whole, Word
from jettison_runtime.wav import wav_seconds
from tests.convert.test_sample_files import wav

from .task_folders import TASKS, made

BOUNDS = Bounds(characters=2000, pixels=10_000, sound_seconds=2, rows=8, tokens=64)


@pytest.fixture(scope="module")
def questions(tmp_path_factory: pytest.TempPathFactory, workspace: Workspace) -> dict[str, Question]:
    place = tmp_path_factory.mktemp("asking")
    found = {}
    for task in TASKS:
        model = jettison_runtime.load(made(task, place / task, workspace), threads=1)
        asked = question(task, model, BOUNDS)
        assert asked is not None
        found[task] = asked
    return found


@pytest.mark.parametrize("task", TASKS)
def test_the_example_of_a_task_fits_its_schema_and_so_does_the_answer(
    task: str, questions: dict[str, Question]
) -> None:
    asked = questions[task]
    example = asked.asking.example(asked.model)
    schema = asked.fields.schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(example, schema)
    (answer,) = asked.answers([asked.read(example)])
    assert answer["answers"]
    each = asked.asking.answer_schema(asked.model, BOUNDS)
    jsonschema.Draft202012Validator.check_schema(each)
    for entry in answer["answers"]:
        jsonschema.validate(entry, each)


def test_every_task_has_a_route_that_takes_its_files(questions: dict[str, Question]) -> None:
    routes = {route.path: route for route in friendly.ROUTES}
    for asked in questions.values():
        assert {"application/json", *asked.media} <= set(routes[asked.path].media)


def test_no_task_no_question() -> None:
    assert question("raw-tensors", None, BOUNDS) is None


def test_answers_are_those_of_the_model(questions: dict[str, Question]) -> None:
    labels = questions["text-classification"]
    texts = ["hello world", "the quick brown fox"]
    asked = labels.read({"text": [*texts, ["hello", "world"]], "top_k": 2.0})
    assert labels.answers([asked]) == [{"answers": labels.model.classify([*texts, ("hello", "world")], top_k=2)}]
    written = questions["text2text-generation"]
    options = {"num_beams": 2, "num_return_sequences": 2, "max_new_tokens": 6}
    (found,) = written.answers([written.read({"text": texts, **options})])
    assert found["answers"] == written.model.generate(texts, **options)
    assert len(found["answers"]) == 4
    pieces = list(written.pieces(written.read({"text": "hello", "max_new_tokens": 6, "stream": True})))
    assert "".join(pieces) == written.model.generate(["hello"], max_new_tokens=6)[0]
    words = questions["fill-mask"]
    (found,) = words.answers([words.read({"text": "the [MASK] is [MASK]", "targets": ["fox", "dog"]})])
    assert found["answers"] == words.model.fill(["the [MASK] is [MASK]"], targets=["fox", "dog"])


def test_questions_that_are_alike_are_answered_together_and_each_gets_its_own(questions: dict[str, Question]) -> None:
    for task in ("text-classification", "token-classification", "feature-extraction"):
        asked = questions[task]
        several = [asked.read({"text": text}) for text in ("hello", ["a lazy dog", "quick"], "what")]
        assert len({asked.like(each) for each in several}) == 1
        for one, alone in zip(asked.answers(several), several, strict=True):
            for got, expected in zip(one["answers"], asked.answers([alone])[0]["answers"], strict=True):
                assert (
                    got == pytest.approx(expected, abs=1e-5)
                    if task == "feature-extraction"
                    else len(got) == len(expected)
                )
    labels = questions["text-classification"]
    assert labels.like(labels.read({"text": "a"})) != labels.like(labels.read({"text": "a", "top_k": 2}))
    assert questions["question-answering"].like({}) is None


def picture(width: int, height: int, kind: str = "PNG", mode: str = "RGB") -> bytes:
    raw = io.BytesIO()
    Image.new(mode, (width, height)).save(raw, kind)
    return raw.getvalue()


def in_base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


REFUSED: list[tuple[str, Any, str]] = [
    ("text-classification", [], "a JSON object with text"),
    ("text-classification", {}, "text: is missing"),
    ("text-classification", {"text": None}, "text: a text is meant, not null"),
    ("text-classification", {"text": 3}, "text: a text is meant, not 3"),
    ("text-classification", {"text": {}}, "text: a text is meant, not an object"),
    ("text-classification", {"text": []}, "text: a list of 1 to 32 is meant, and this one has 0"),
    ("text-classification", {"text": ["a"] * 33}, "this one has 33"),
    ("text-classification", {"text": ["a", 1]}, r"text\[1\]: a text is meant, not 1"),
    ("text-classification", {"text": [["a"]]}, r"text\[0\]: a list of 2 to 2"),
    ("text-classification", {"text": "a" * 2001}, "at most 2,000 characters are meant, and these are 2,001"),
    ("text-classification", {"text": "a \ud83d"}, "half of a surrogate pair"),
    ("text-classification", {"text": "a", "top_k": 0}, "top_k: a whole number from 1 to 4 is meant, not 0"),
    ("text-classification", {"text": "a", "top_k": True}, "top_k: .* not true"),
    ("text-classification", {"text": "a", "top_k": 1.5}, "top_k: .* not 1.5"),
    ("text-classification", {"text": "a", "top_k": 10**5000}, "top_k: .* a number of many digits"),
    ("text-classification", {"text": "a", "function_to_apply": "tanh"}, "one of softmax, sigmoid, none"),
    ("text-classification", {"text": "a", "truncation": 1}, "truncation: true or false is meant, not 1"),
    ("text-classification", {"text": "a", "topk": 1}, "'topk': there is no such field; there are text, top_k"),
    ("question-answering", {"question": "", "context": "a"}, "question: from 1 to"),
    ("question-answering", {"question": "a"}, "context: is missing"),
    ("fill-mask", {"text": "nothing is open here"}, r"there is no \[MASK\] in it"),
    ("text2text-generation", {"text": "a", "num_beams": 9}, "from 1 to 8"),
    ("text2text-generation", {"text": "a", "temperature": 0}, "a number above 0, at most 100 is meant, not 0"),
    ("image-classification", {"image": "&"}, r"image: this is no base64"),
    ("image-classification", {"image": ""}, "the file is empty"),
    ("image-classification", {"image": [in_base64(b"GIF89a")]}, r"image\[0\]: this is none of PNG, JPEG"),
    ("image-classification", {"image": in_base64(picture(101, 100))}, "101 x 100 pixels are too many: at most 10,000"),
    ("image-classification", {"image": in_base64(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")}, "none of PNG"),
    ("audio-classification", {"audio": in_base64(b"ID3")}, "audio: this is an MP3 file"),
    ("audio-classification", {"audio": in_base64(wav(32_001))}, "at most 2 s are heard, and these are 2 s"),
]


@pytest.mark.parametrize(("task", "body", "why"), REFUSED)
def test_what_is_not_meant_is_refused_by_field(task: str, body: Any, why: str, questions: dict[str, Question]) -> None:
    with pytest.raises(Unfit, match=why):
        questions[task].read(body)


TOO_MUCH = [
    ("text2text-generation", {"text": ["a"] * 9}, "9 answers at once are too many"),
    ("text2text-generation", {"text": ["a"] * 3, "num_beams": 3}, "9 answers at once are too many"),
    ("text2text-generation", {"text": "a", "num_return_sequences": 2}, "is at most num_beams"),
    ("text-classification", {"text": "hello " * 90}, "tokens, and the model reads at most 80: truncate"),
    ("image-classification", {"image": in_base64(picture(40, 40, "JPEG")[:-20])}, "cannot be read"),
]


@pytest.mark.parametrize(("task", "body", "why"), TOO_MUCH)
def test_what_the_model_cannot_answer_says_why(task: str, body: Any, why: str, questions: dict[str, Question]) -> None:
    asked = questions[task].read(body)
    with pytest.raises(ValueError, match=why):
        questions[task].answers([asked])


def test_odd_texts_are_answered_as_the_model_answers_them(questions: dict[str, Question]) -> None:
    odd = ["", " ", "\0", "a\0b", "😀" * 50, "e\u0301" * 100, "\u202eabc\u202c", "x" * 2000, "\ufeff", "\r\n\t"]
    for task in ("text-classification", "feature-extraction", "token-classification"):
        asked = questions[task]
        found = asked.answers([asked.read({"text": odd, **({"truncation": True} if task == TASKS[0] else {})})])
        assert len(found[0]["answers"]) == len(odd)
    asked = questions["text2text-generation"]
    assert len(asked.answers([asked.read({"text": odd[:8], "max_new_tokens": 3})])[0]["answers"]) == 8


def test_odd_but_valid_pictures_are_what_the_model_makes_of_them(questions: dict[str, Question]) -> None:
    asked = questions["image-classification"]
    turned = Image.new("RGB", (30, 10), "red")
    turned.putpixel((0, 0), (0, 255, 0))
    tagged = turned.getexif()
    tagged[0x0112] = 6
    kept = io.BytesIO()
    turned.save(kept, "JPEG", exif=tagged, quality=95)
    moving = io.BytesIO()
    turned.save(moving, "GIF", save_all=True, append_images=[Image.new("RGB", (30, 10), "blue")])
    files = [
        kept.getvalue(),
        moving.getvalue(),
        picture(20, 20, "JPEG", "CMYK"),
        picture(9, 9, "PNG", "LA"),
        picture(1, 1),
    ]
    (found,) = asked.answers([asked.read({"image": [in_base64(raw) for raw in files]})])
    assert found["answers"] == asked.model.classify(files)


def test_options_beside_a_file(questions: dict[str, Question]) -> None:
    asked = questions["image-classification"]
    assert asked.read_query([("top_k", "2"), ("function_to_apply", "none")]) == {
        "top_k": 2,
        "function_to_apply": "none",
    }
    for query, why in [
        ([("top_k", "x")], "not 'x'"),
        ([("top_k", "9" * 5000)], "a whole number from 1 to 10"),
        ([("image", "x")], "no such parameter; there are top_k, function_to_apply"),
        ([("top_k", "1"), ("top_k", "1")], "is there twice"),
    ]:
        with pytest.raises(Unfit, match=why):
            asked.read_query(query)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Number(0, 1), "0.5", 0.5),
        (Number(0, 1), "1e400", None),
        (Number(0, 1), "nan", None),
        (Number(0, 1), "1" * 200, None),
        (Whole(-5, 5), "-3", -3),
        (Whole(-5, 5), "٣", None),
        (Flag(), "true", True),
        (Flag(), "yes", None),
        (Word(("a", "b")), "b", "b"),
        (Text(3), "abc", "abc"),
        (Text(3), "abcd", None),
        (Several(Whole(0, 9), 3), "4", [4]),
        (OneOrSeveral(Pair(Text(3)), 3), "abc", ["abc"]),
        (Base64(9, "image/*"), "data:image/png;base64,AAAA", b"\0\0\0"),
        (Base64(2, "image/*"), "AAAA", None),
    ],
)
def test_values_of_query_parameters(kind: Any, text: str, value: Any) -> None:
    if value is None:
        with pytest.raises(Unfit, match="place: "):
            kind.from_text("place", text)
    else:
        assert kind.from_text("place", text) == value


def test_a_sounds_length_is_known_without_decoding_it() -> None:
    assert wav_seconds(wav(24_000)) == 1.5
    with pytest.raises(ValueError, match="truncated"):
        wav_seconds(wav(24_000)[:100])


def test_a_folder_of_texts_in_bytes(questions: dict[str, Question]) -> None:
    asked = questions["text-classification"]
    assert asked.column("text", [b"na\xc3\xafve", "a"]) == ["naïve", "a"]
    with pytest.raises(Unfit, match=r"text\[1\]: a text is UTF-8"):
        asked.column("text", [b"a", b"\xff"])


def test_a_page_of_its_own(tmp_path: Path) -> None:
    from jettison_runtime.serving.page import page

    hostile = {"name": "</script><img src=x onerror=alert(1)>", "task": '"><b>', "form": "{{facts}}", "summary": "'&"}
    shown = page(hostile)
    assert b"<img src=x" not in shown.body
    assert b"</script><img" not in shown.body
    assert shown.body.count(b"</script>") == 2
    assert b"{{facts}}" in shown.body  # a form of that name, and no place for the facts again
    assert "unsafe" not in shown.policy
