"""Every task of jettison_runtime as tensors: texts and files are BYTES, a row each, and so are labels.

A function a task says what a row is and what becomes of the answers; `_TASKS` lists them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from jettison_runtime.sounds import FilterBank, Waveform
from jettison_runtime.tasks.audio_classification import AudioClassifier
from jettison_runtime.tasks.embedding import Embedder
from jettison_runtime.tasks.image_classification import ImageClassifier
from jettison_runtime.tasks.image_embedding import ImageEmbedder
from jettison_runtime.tasks.mask_filling import MaskFiller
from jettison_runtime.tasks.question_answering import QuestionAnswerer
from jettison_runtime.tasks.text_classification import TextClassifier
from jettison_runtime.tasks.token_classification import TokenClassifier
from jettison_runtime.tensor_model import TensorSpec
from jettison_runtime.text2text import TextToText

from .asking import Bounds, text2text
from .probes import canary_text, grey, hum, turned

Feed = dict[str, NDArray[Any]]
"""Arrays by name; texts and files are arrays of objects, ``str`` or ``bytes``."""
Options = Mapping[str, Any]
"""What a request's ``parameters`` ask of a task."""

TEXTS = "object"
"""The dtype of texts and files in a `TensorSpec`."""
Rows = Sequence[Any]
"""A tuple a row, a value for each input."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """What a model does, row by row."""

    inputs: tuple[str, ...]
    """Of texts or files, a row each."""
    outputs: tuple[TensorSpec, ...]
    rows: Callable[[Rows, Options], Feed]
    """The outputs for some rows."""
    probe: Callable[[int], tuple[Any, ...]]
    """Rows for warm-up, another for each number."""
    options: tuple[str, ...] = ()
    """Those of the question's fields that are parameters of a request too: single values, and rows stay as they are."""
    together: Callable[[Options], bool] = lambda _: True
    """Rows of several requests may be computed in one call."""
    timed: bool = False
    """Takes ``max_time``, seconds after which an answer is left as it is."""


def task_of(model: Any) -> Task:
    """How a loaded model is asked."""
    return next(make(model) for kind, make in _TASKS.items() if isinstance(model, kind))


def feed_rows(task: Task, feed: Feed) -> list[tuple[Any, ...]]:
    """A request's rows: texts, or the bytes of files, as `Question.column` gives them."""
    return list(zip(*(feed[name].tolist() for name in task.inputs), strict=True))


def _text_to_text(model: TextToText) -> Task:
    def rows(given: Rows, options: Options) -> Feed:
        asked = [text for (text,) in given]
        text2text.check_lengths(model, asked, Bounds())
        return {"generated_text": texts(model.generate(asked, **{**options, "num_return_sequences": 1}))}

    def together(options: Options) -> bool:
        asked = settings.updated(options)
        return not asked.do_sample and asked.rows_of_a_prompt == settings.rows_of_a_prompt

    settings = model.model.settings
    return Task(
        inputs=("text",),
        outputs=(TensorSpec("generated_text", TEXTS, ("rows",)),),
        rows=rows,
        probe=lambda number: (turned(model.tokenizer.decode(model.model.manifest.canary["input_ids"]), number),),
        options=(
            *("max_new_tokens", "min_new_tokens", "num_beams", "length_penalty", "early_stopping"),
            *("no_repeat_ngram_size", "repetition_penalty", "do_sample", "temperature", "top_k", "top_p"),
        ),
        together=together,
        timed=True,
    )


def _text_classifier(model: TextClassifier) -> Task:
    def rows(given: Rows, options: Options) -> Feed:
        return _labels(model.classify([text for (text,) in given], **{"top_k": count, **options}))

    count = model.model.network.outputs["logits"][1][-1]
    return Task(
        inputs=("text",),
        outputs=_scores(),
        rows=rows,
        probe=lambda number: (turned(canary_text(model), number),),
        options=("top_k", "function_to_apply", "truncation"),
    )


def _token_classifier(model: TokenClassifier) -> Task:
    def rows(given: Rows, options: Options) -> Feed:
        found = model.classify(
            [text for (text,) in given], aggregation_strategy=str(options.get("aggregation_strategy", "simple"))
        )
        return {"entities": texts([orjson.dumps(each, option=orjson.OPT_SERIALIZE_NUMPY).decode() for each in found])}

    return Task(
        inputs=("text",),
        outputs=(TensorSpec("entities", TEXTS, ("rows",)),),
        rows=rows,
        probe=lambda number: (turned(canary_text(model), number),),
        options=("aggregation_strategy",),
    )


def _question_answerer(model: QuestionAnswerer) -> Task:
    def rows(given: Rows, options: Options) -> Feed:
        found = [model.answer(question, text, **options)[0] for question, text in given]
        return {
            "answer": texts([each["answer"] for each in found]),
            "score": np.array([each["score"] for each in found], np.float32),
            "start": np.array([each["start"] for each in found], np.int64),
            "end": np.array([each["end"] for each in found], np.int64),
        }

    return Task(
        inputs=("question", "context"),
        outputs=(
            TensorSpec("answer", TEXTS, ("rows",)),
            TensorSpec("score", "float32", ("rows",)),
            TensorSpec("start", "int64", ("rows",)),
            TensorSpec("end", "int64", ("rows",)),
        ),
        rows=rows,
        probe=lambda number: ("Who?", canary_text(model)),
        options=("max_answer_len", "handle_impossible_answer"),
        together=_never,
    )


def _mask_filler(model: MaskFiller) -> Task:
    mask = model.tokenizer.mask_token or ""

    def rows(given: Rows, options: Options) -> Feed:
        found = []
        for (text,) in given:
            if text.count(mask) != 1:
                raise ValueError(f"a text has one {mask}")
            found.append(model.fill([text], top_k=options.get("top_k", 5))[0][0])
        return {
            "token": _table([[each["token_str"] for each in row] for row in found]),
            "score": np.array([[each["score"] for each in row] for row in found], np.float32),
            "sequence": _table([[each["sequence"] for each in row] for row in found]),
        }

    return Task(
        inputs=("text",),
        outputs=(
            TensorSpec("token", TEXTS, ("rows", "top_k")),
            TensorSpec("score", "float32", ("rows", "top_k")),
            TensorSpec("sequence", TEXTS, ("rows", "top_k")),
        ),
        rows=rows,
        probe=lambda number: (f"one {mask}",),
        options=("top_k",),
        together=_never,
    )


def _embedder(model: Embedder) -> Task:
    def rows(given: Rows, options: Options) -> Feed:
        return {"embedding": model.encode([text for (text,) in given], **options)}

    width = model.model.network.outputs["sentence_embedding"][1][-1]
    return Task(
        inputs=("text",),
        outputs=(TensorSpec("embedding", "float32", ("rows", width)),),
        rows=rows,
        probe=lambda number: (turned(canary_text(model), number),),
        options=("normalize",),
    )


def _image_classifier(model: ImageClassifier) -> Task:
    def rows(given: Rows, options: Options) -> Feed:
        return _labels(model.classify([file for (file,) in given], **{"top_k": count, **options}))

    count = int(model.model.outputs[0].shape[-1])
    return Task(
        inputs=("image",),
        outputs=_scores(),
        rows=rows,
        probe=lambda number: (grey(),),
        options=("top_k", "function_to_apply"),
        together=_never,
    )


def _image_embedder(model: ImageEmbedder) -> Task:
    def rows(given: Rows, options: Options) -> Feed:
        return {"embedding": model.encode([file for (file,) in given], **options)}

    pooled = model.model.manifest.config["pooled"]
    width = next(int(each.shape[-1]) for each in model.model.outputs if each.name == pooled)
    return Task(
        inputs=("image",),
        outputs=(TensorSpec("embedding", "float32", ("rows", width)),),
        rows=rows,
        probe=lambda number: (grey(),),
        options=("normalize",),
        together=_never,
    )


def _audio_classifier(model: AudioClassifier) -> Task:
    def rows(given: Rows, options: Options) -> Feed:
        return _labels(model.classify([file for (file,) in given], **{"top_k": count, **options}))

    steps = model.preprocessing
    assert isinstance(steps, (Waveform, FilterBank))
    rate = steps.rate
    count = int(model.model.outputs[0].shape[-1])
    return Task(
        inputs=("audio",),
        outputs=_scores(),
        rows=rows,
        probe=lambda number: (hum(rate),),
        options=("top_k", "function_to_apply"),
        together=_never,
    )


def _never(options: Options) -> bool:
    """Every request alone."""
    return False


def texts(values: Sequence[str]) -> NDArray[Any]:
    """Texts as an array [rows]."""
    array = np.empty(len(values), object)
    array[:] = values
    return array


def _table(rows: Sequence[Sequence[str]]) -> NDArray[Any]:
    """Texts as an array [rows, columns]."""
    return texts([value for row in rows for value in row]).reshape(len(rows), -1)


def _scores() -> tuple[TensorSpec, TensorSpec]:
    return TensorSpec("label", TEXTS, ("rows", "top_k")), TensorSpec("score", "float32", ("rows", "top_k"))


def _labels(found: Sequence[Sequence[Mapping[str, Any]]]) -> Feed:
    return {
        "label": _table([[each["label"] for each in row] for row in found]),
        "score": np.array([[each["score"] for each in row] for row in found], np.float32),
    }


_TASKS: dict[type, Callable[[Any], Task]] = {
    TextToText: _text_to_text,
    TextClassifier: _text_classifier,
    TokenClassifier: _token_classifier,
    QuestionAnswerer: _question_answerer,
    MaskFiller: _mask_filler,
    Embedder: _embedder,
    ImageClassifier: _image_classifier,
    ImageEmbedder: _image_embedder,
    AudioClassifier: _audio_classifier,
}
