"""``question-answering``: spans of a context."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jettison_runtime.tasks.question_answering import QuestionAnswerer
from jettison_runtime.transformers.encoders import AutoModelForQuestionAnswering

from .base import EncoderPipeline, said


class QuestionAnsweringPipeline(EncoderPipeline):
    """A question and its context; a dict with ``answer``, ``score``, ``start`` and ``end``, or several in a list."""

    MODEL = AutoModelForQuestionAnswering
    OPTIONS = frozenset(
        {"top_k", "doc_stride", "max_answer_len", "max_seq_len", "handle_impossible_answer", "align_to_words"}
    )

    def __call__(
        self, inputs: Any = None, *more: Any, question: Any = None, context: Any = None, **options: Any
    ) -> Any:
        """The best answer to a question, or the `top_k` best; a list for several questions.

        Questions and contexts are two texts, two lists, a list and one text for all, or dicts with both.

        :raises ValueError: an empty text, or something else.
        """
        asked = said(self._asked(options))
        reader = QuestionAnswerer(texts=self._texts())
        answers: list[Any] = []
        for each in _items(() if inputs is None else (inputs, *more), question, context):
            found = reader.answer(each["question"], each["context"], **asked)
            answers.append(found[0] if len(found) == 1 else found)
        return answers[0] if len(answers) == 1 else answers


def _items(args: tuple[Any, ...], question: Any, context: Any) -> list[Mapping[str, str]]:
    """The questions with their contexts, however they were given."""
    if len(args) == 1:
        given = args[0] if isinstance(args[0], list) else [args[0]]
    elif len(args) == 2 and all(isinstance(each, str) for each in args):
        given = [{"question": args[0], "context": args[1]}]
    elif args:
        given = list(args)
    elif isinstance(question, list) and isinstance(context, str | list):
        contexts = [context] * len(question) if isinstance(context, str) else context
        if len(contexts) != len(question):
            raise ValueError("Questions and contexts don't have the same lengths")
        given = [{"question": one, "context": other} for one, other in zip(question, contexts, strict=True)]
    elif isinstance(question, str) and isinstance(context, str):
        given = [{"question": question, "context": context}]
    else:
        raise ValueError("a question and its context are needed")
    for each in given:
        if not isinstance(each, Mapping):
            raise ValueError(f"a dict with question and context is meant, not {each!r}")
        if not {"question", "context"} <= set(each):
            raise KeyError("a dict with question and context is meant")
        if not all(isinstance(each[name], str) and each[name] for name in ("question", "context")):
            raise ValueError("a question and its context cannot be empty")
    return given
