"""``fill-mask``: words for the masks of a text."""

from __future__ import annotations

from typing import Any

from jettison_runtime.tasks.mask_filling import MaskFiller
from jettison_runtime.transformers.encoders import AutoModelForMaskedLM

from .base import EncoderPipeline, each_text, said


class PipelineException(Exception):
    """A text without a mask."""


class FillMaskPipeline(EncoderPipeline):
    """A text with a mask; a list of dicts with ``token_str``, ``token``, ``score`` and the whole ``sequence``."""

    MODEL = AutoModelForMaskedLM
    OPTIONS = frozenset({"top_k", "targets"})

    def __call__(self, inputs: str | list[str], **options: Any) -> list[Any]:
        """The proposals for a text, best first; a list for each mask of several, a list for each text of several.

        :raises PipelineException: a text without a mask.
        """
        asked = said(self._asked(options))
        texts = each_text(inputs)
        for text in texts:
            if self.tokenizer.mask_token_id not in self.tokenizer(text)["input_ids"]:
                raise PipelineException(f"No mask_token ({self.tokenizer.mask_token}) found on the input")
        self.model.check_lengths(texts, self.tokenizer)
        filler = MaskFiller(texts=self._texts())
        found: list[Any] = [filler.fill([text], **asked)[0] for text in texts]
        answers = [each[0] if len(each) == 1 else each for each in found]
        return answers[0] if len(answers) == 1 else answers
