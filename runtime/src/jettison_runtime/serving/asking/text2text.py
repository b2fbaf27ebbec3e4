"""A text for each text: translation, summaries, pronunciation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from jettison_runtime.tokenization import UNLIMITED

from . import texts
from .fields import Field, Fields
from .kinds import Flag, Number, Schema, Several, Text, Whole
from .unfit import Unfit

if TYPE_CHECKING:
    from jettison_runtime.text2text import TextToText

    from . import Bounds

VERB = "generate"
SUMMARY = "A text for each text; with num_return_sequences so many for each, best first"
KIND = "text"
_BEAMS = 16
_LETTERS_OF_AN_ANSWER = 1_000_000


def fields(model: TextToText, bounds: Bounds) -> Fields:
    """See `Asking`; names and meanings of the options are those of transformers' ``generate``."""
    limit = model.model.manifest.graph["decode_limit"] - 1
    beams = min(_BEAMS, bounds.rows)
    return Fields(
        (
            texts.field(bounds),
            Field("max_new_tokens", Whole(1, limit), "Tokens of an answer at most"),
            Field("min_new_tokens", Whole(0, limit), "Tokens of an answer at least"),
            Field("num_beams", Whole(1, beams), "Answers that are followed at once; 1: greedy", default=1),
            Field("num_return_sequences", Whole(1, beams), "Answers for each text", default=1),
            Field("length_penalty", Number(-10, 10), "Above 0 prefers long answers, of beams"),
            Field("early_stopping", Flag(), "Stop as soon as there are as many answers as beams"),
            Field("no_repeat_ngram_size", Whole(0, 100), "No run of so many tokens occurs twice; 0: off"),
            Field("repetition_penalty", Number(0, 100, above=True), "Above 1 makes repetitions less likely"),
            Field("do_sample", Flag(), "Draw tokens by their probability"),
            Field("temperature", Number(0, 100, above=True), "Of the drawing: above 1 is more varied"),
            Field("top_k", Whole(0, model.model.manifest.graph["vocabulary"]), "Draw among so many; 0: off"),
            Field("top_p", Number(0, 1, above=True), "Draw among the likeliest that have this much probability"),
            Field("stop_strings", Several(Text(200, shortest=1), 16), "An answer ends with the first of these"),
            Field("stream", Flag(), "Answer to one text in pieces, as server-sent events", default=False),
        )
    )


def example(model: TextToText) -> dict[str, Any]:
    """See `Asking`: the text that the model was sent off with."""
    return {"text": model.tokenizer.decode(model.model.manifest.canary["input_ids"]) or texts.EXAMPLE}


def answer_schema(model: TextToText, bounds: Bounds) -> Schema:
    """See `Asking`."""
    return {"type": "string", "maxLength": _LETTERS_OF_AN_ANSWER}


def answers(model: TextToText, asked: Mapping[str, Any], bounds: Bounds) -> Sequence[Any]:
    """See `Asking`."""
    given, options = _read(model, asked, bounds)
    return model.generate(given, **options)


def pieces(model: TextToText, asked: Mapping[str, Any], bounds: Bounds) -> Iterator[str]:
    """The answer to one text in pieces, each as soon as its words are complete.

    :raises ValueError: several texts, beams, or several answers.
    """
    given, options = _read(model, asked, bounds)
    if len(given) > 1:
        raise Unfit("stream", "only the answer to one text can be streamed")
    return model.stream(given[0], **options)


def _read(model: TextToText, asked: Mapping[str, Any], bounds: Bounds) -> tuple[list[str], dict[str, Any]]:
    given = asked["text"]
    options = {name: value for name, value in asked.items() if name not in ("text", "stream")}
    check_rows(model, len(given), options, bounds)
    check_lengths(model, given, bounds)
    return given, options


def check_rows(model: TextToText, texts: int, options: Mapping[str, Any], bounds: Bounds) -> None:
    """See that so many texts are not too many answers at once.

    :raises Unfit: they are.
    """
    try:
        rows = texts * model.model.settings.updated(options).rows_of_a_prompt
    except ValueError as cause:
        raise Unfit("", str(cause)) from cause
    if rows > bounds.rows:
        raise Unfit("text", f"{rows} answers at once are too many: texts times beams are at most {bounds.rows}")


def check_lengths(model: TextToText, given: Sequence[str], bounds: Bounds) -> None:
    """See that no text is too long, where the tokenizer would not shorten it.

    :raises Unfit: one is.
    """
    if model.tokenizer.model_max_length >= UNLIMITED:
        for number, ids in enumerate(model.tokenizer.encode(given)):
            if len(ids) > bounds.tokens:
                raise Unfit(f"text[{number}]", f"at most {bounds.tokens} tokens are meant, and these are {len(ids)}")
