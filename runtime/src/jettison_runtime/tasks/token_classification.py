"""The task token-classification: a label for each token, or for words and the entities that they make up.

The rules are those of transformers' pipeline, its aggregation strategies among them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .scores import label_names, softmax
from .texts import TextTask

if TYPE_CHECKING:
    from tokenizers import Encoding

STRATEGIES = ("none", "simple", "first", "average", "max")

Entity = dict[str, Any]


@dataclass(frozen=True)
class _Token:
    word: str
    scores: NDArray[np.float32]
    start: int
    end: int
    index: int
    continues: bool
    """It belongs to the word of the token before."""


@dataclass(frozen=True)
class TokenClassifier(TextTask):
    """A loaded tagger with its tokenizer."""

    TASK = "token-classification"

    def classify(
        self,
        texts: Sequence[str],
        *,
        aggregation_strategy: str = "none",
        ignore_labels: Sequence[str] = ("O",),
        stride: int | None = None,
        batch_size: int = 32,
    ) -> list[list[Entity]]:
        """The entities of each text, in their order.

        :param aggregation_strategy: ``none``: an entry a token (``entity``, ``score``, ``index``, ``word``, ``start``,
            ``end``); ``simple``, ``first``, ``average``, ``max``: an entry an entity (``entity_group`` in place of
            ``entity``, and no ``index``).
        :param stride: read a long text in parts that have so many tokens in common; None: it is cut.
        :raises ValueError: a strategy that there is not, or a stride without one.
        """
        if aggregation_strategy not in STRATEGIES:
            raise ValueError(f"aggregation_strategy is one of {', '.join(STRATEGIES)}, not {aggregation_strategy!r}")
        if stride is not None and aggregation_strategy == "none":
            raise ValueError("stride needs an aggregation_strategy other than none")
        parts = self._parts(texts, stride)
        flat = [part for own in parts for part in own]
        logits = iter(self.texts.answers(flat, ["logits"], batch_size=batch_size))
        found = []
        for text, own in zip(texts, parts, strict=True):
            entities = []
            for part in own:
                scores = softmax(next(logits)["logits"])
                tokens = self._tokens(text, part, scores)
                grouped = self._grouped(tokens, aggregation_strategy)
                entities += [each for each in grouped if _label(each) not in ignore_labels]
            found.append(_without_overlaps(entities) if len(own) > 1 else entities)
        return found

    def _parts(self, texts: Sequence[str], stride: int | None) -> list[list[Encoding]]:
        if isinstance(texts, str):
            raise TypeError("classify takes a list of texts: classify([text])")
        limit = min(self.tokenizer.model_max_length, self.model.longest)
        encodings = self.tokenizer.encodings(texts, limit=limit, stride=stride or 0) if texts else []
        return [[each, *each.overflowing] if stride is not None else [each] for each in encodings]

    def _tokens(self, text: str, part: Encoding, scores: NDArray[np.float32]) -> list[_Token]:
        unknown = self.tokenizer.id_of(self.tokenizer.unk_token)
        marked = bool(getattr(self.tokenizer.backend.model, "continuing_subword_prefix", None))
        found = []
        for index, (number, special, (start, end)) in enumerate(
            zip(part.ids, part.special_tokens_mask, part.offsets, strict=True)
        ):
            if special:
                continue
            word, shown = str(self.tokenizer.token_of(number)), text[start:end]
            # A tokenizer without a mark for parts of words leaves only the spaces to go by.
            continues = len(word) != len(shown) if marked else start > 0 and " " not in text[start - 1 : start + 1]
            if number == unknown:
                word, continues = shown, False
            found.append(_Token(word, scores[index], start, end, index, continues))
        return found

    def _grouped(self, tokens: Sequence[_Token], strategy: str) -> list[Entity]:
        names = label_names(self.model.manifest.config, len(tokens[0].scores)) if tokens else []
        if strategy in ("none", "simple"):
            entities = [_entity(each, names) for each in tokens]
        else:
            entities = [self._word(own, names, strategy) for own in _words(tokens)]
        return entities if strategy == "none" else [self._group(own) for own in _runs(entities)]

    def _word(self, tokens: Sequence[_Token], names: Sequence[str], strategy: str) -> Entity:
        if strategy == "first":
            scores = tokens[0].scores
        elif strategy == "max":
            scores = max(tokens, key=lambda each: float(each.scores.max())).scores
        else:
            scores = np.stack([each.scores for each in tokens]).mean(axis=0)
        best = int(scores.argmax())
        return {
            "entity": names[best],
            "score": float(scores[best]),
            "word": self.tokenizer.joined([each.word for each in tokens]),
            "start": tokens[0].start,
            "end": tokens[-1].end,
        }

    def _group(self, entities: Sequence[Entity]) -> Entity:
        return {
            "entity_group": entities[0]["entity"].split("-", 1)[-1],
            "score": float(np.mean([each["score"] for each in entities])),
            "word": self.tokenizer.joined([each["word"] for each in entities]),
            "start": entities[0]["start"],
            "end": entities[-1]["end"],
        }


def _entity(token: _Token, names: Sequence[str]) -> Entity:
    best = int(token.scores.argmax())
    return {
        "entity": names[best],
        "score": float(token.scores[best]),
        "index": token.index,
        "word": token.word,
        "start": token.start,
        "end": token.end,
    }


def _words(tokens: Sequence[_Token]) -> list[list[_Token]]:
    words: list[list[_Token]] = []
    for token in tokens:
        if token.continues and words:
            words[-1].append(token)
        else:
            words.append([token])
    return words


def _runs(entities: Sequence[Entity]) -> list[list[Entity]]:
    """Neighbours with the same tag; one that says that it begins an entity begins a run."""
    runs: list[list[Entity]] = []
    for entity in entities:
        begins, tag = _tag(entity["entity"])
        if runs and not begins and _tag(runs[-1][-1]["entity"])[1] == tag:
            runs[-1].append(entity)
        else:
            runs.append([entity])
    return runs


def _tag(label: str) -> tuple[bool, str]:
    """Whether a label begins an entity, and which; without ``B-`` or ``I-`` it goes on with one."""
    return label.startswith("B-"), label[2:] if label.startswith(("B-", "I-")) else label


def _label(entity: Entity) -> str:
    return str(entity.get("entity", entity.get("entity_group")))


def _without_overlaps(entities: Sequence[Entity]) -> list[Entity]:
    """Of entities that overlap where parts of a text meet: the longer, else the surer."""
    kept: list[Entity] = []
    for entity in sorted(entities, key=lambda each: int(each["start"])):
        before = kept[-1] if kept else None
        if before is None or not before["start"] <= entity["start"] < before["end"]:
            kept.append(entity)
        elif (entity["end"] - entity["start"], entity["score"]) > (before["end"] - before["start"], before["score"]):
            kept[-1] = entity
    return kept
