"""The task question-answering: the part of a text that answers a question about it.

The rules are those of transformers' pipeline: probabilities of a start times those of an end, spans that are too long
or lie outside of the context left out, spans of one text added up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from .texts import TextTask

if TYPE_CHECKING:
    from tokenizers import Encoding

_OUTSIDE = -10000.0
_LONGEST, _STRIDE = 384, 128

Floats = NDArray[Any]


class Answer(TypedDict):
    """One answer: where it stands in the context, and its text."""

    score: float
    start: int
    end: int
    answer: str


@dataclass(frozen=True)
class QuestionAnswerer(TextTask):
    """A loaded reader with its tokenizer."""

    TASK = "question-answering"

    def answer(  # noqa: PLR0913  (transformers' own)
        self,
        question: str,
        context: str,
        *,
        top_k: int = 1,
        doc_stride: int | None = None,
        max_answer_len: int = 15,
        max_seq_len: int | None = None,
        max_question_len: int = 64,
        handle_impossible_answer: bool = False,
        align_to_words: bool = True,
    ) -> list[Answer]:
        """The best answers to a question about a text, best first; options are those of transformers' pipeline.

        :param max_seq_len: tokens of question and context together; a longer context is read in parts.
        :param doc_stride: how many tokens neighbouring parts have in common.
        :param max_question_len: not looked at, as in transformers with the tokenizers of today.
        :raises ValueError: an empty question or context, or numbers that leave nothing to read.
        """
        if not question or not context:
            raise ValueError(f"`{'context' if question else 'question'}` cannot be empty")
        if top_k < 1 or max_answer_len < 1:
            raise ValueError("top_k and max_answer_len are at least 1")
        longest = max_seq_len or min(self.tokenizer.model_max_length, _LONGEST)
        stride = min(longest // 2, _STRIDE) if doc_stride is None else doc_stride
        if stride > longest:
            raise ValueError(f"`doc_stride` ({stride}) is larger than `max_seq_len` ({longest})")
        parts = self._parts(question, context, longest, stride)
        asked = top_k * 2 + 10 if align_to_words else top_k
        found: list[Answer] = []
        impossible = 1000000.0
        for part, outputs in zip(parts, self.texts.answers(parts, ["start_logits", "end_logits"]), strict=True):
            allowed = self._allowed(part)
            start, end = (_probabilities(outputs[name], allowed) for name in ("start_logits", "end_logits"))
            impossible = min(impossible, float(start[0] * end[0]))
            start[0] = end[0] = 0.0
            for first, last, score in _spans(start, end, asked, max_answer_len, allowed):
                place = self._characters(part, first, last, align_to_words=align_to_words)
                _add(found, context, place, score)
        if handle_impossible_answer:
            found.append({"score": impossible, "start": 0, "end": 0, "answer": ""})
        return sorted(found, key=lambda each: each["score"], reverse=True)[:top_k]

    @property
    def _question_first(self) -> bool:
        return self.tokenizer.padding_side == "right"

    def _parts(self, question: str, context: str, longest: int, stride: int) -> list[Encoding]:
        pair = (question, context) if self._question_first else (context, question)
        cut = "only_second" if self._question_first else "only_first"
        taken = self.tokenizer.backend.num_special_tokens_to_add(True)
        taken += len(self.tokenizer.encode([question], special=False)[0])
        if longest - taken <= stride:
            raise ValueError(
                f"the question leaves {longest - taken} of {longest} tokens: no more than doc_stride {stride}"
            )
        whole = self.tokenizer.encodings([pair], limit=longest, shortened=cut, stride=stride)[0]
        return [whole, *whole.overflowing]

    def _allowed(self, part: Encoding) -> NDArray[np.bool_]:
        """Where an answer may start and end: in the context; and at the token that stands for no answer."""
        side = 1 if self._question_first else 0
        inside = np.array([number == side for number in part.sequence_ids])
        first = self.tokenizer.id_of(self.tokenizer.cls_token)
        return inside if first is None else inside | (np.array(part.ids) == first)

    def _characters(self, part: Encoding, first: int, last: int, *, align_to_words: bool) -> tuple[int, int]:
        """Where the tokens stand in the context, widened to whole words when asked for and known."""
        side = 1 if self._question_first else 0
        if align_to_words:
            start, end = (_word(part, token, side) for token in (first, last))
            if start and end:
                return start[0], end[1]
        return part.offsets[first][0], part.offsets[last][1]


def _word(part: Encoding, token: int, side: int) -> tuple[int, int] | None:
    """Where the word of a token stands; None for a tokenizer that knows no words."""
    word = part.token_to_word(token)
    return None if word is None else part.word_to_chars(word, sequence_index=side)


def _probabilities(logits: Floats, allowed: NDArray[np.bool_]) -> Floats:
    inside = np.where(allowed, logits, np.float32(_OUTSIDE))
    raised = np.exp(inside - inside.max())
    probabilities: Floats = raised / raised.sum()
    return probabilities


def _spans(
    start: Floats, end: Floats, count: int, longest: int, allowed: NDArray[np.bool_]
) -> list[tuple[int, int, float]]:
    """First token, last token and score of the best spans, best first.

    As in transformers, the best are taken first, and those that lie outside of the context left out of them.
    """
    every = np.tril(np.triu(np.outer(start, end)), longest - 1)
    flat = every.reshape(-1)
    if count == 1:
        best = np.array([flat.argmax()])
    elif len(flat) <= count:
        best = np.argsort(-flat)
    else:
        best = np.argpartition(-flat, count)[:count]
        best = best[np.argsort(-flat[best])]
    return [
        (int(first), int(last), float(every[first, last]))
        for first, last in zip(*np.unravel_index(best, every.shape), strict=True)
        if allowed[first] and allowed[last]
    ]


def _add(found: list[Answer], context: str, place: tuple[int, int], score: float) -> None:
    """Another answer, or more weight for one that reads the same."""
    text = context[place[0] : place[1]]
    for each in found:
        if each["answer"].lower() == text.lower():
            each["score"] += score
            return
    found.append({"score": score, "start": place[0], "end": place[1], "answer": text})
