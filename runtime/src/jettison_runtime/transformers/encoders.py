"""Encoders under transformers' names: called with token ids, they give scores or hidden states."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from jettison_runtime.encoder import Encoder
from jettison_runtime.errors import ModelFolderError
from jettison_runtime.loaded import loaded

from .converted import ConvertedModel
from .outputs import ModelOutput
from .tokenizers import PreTrainedTokenizerFast

_SENTENCES = "sentence_embedding"
"""What sentence_transformers has of an encoder, and transformers has not."""


class EncoderModel(ConvertedModel):
    """A converted encoder with the head that it was trained with."""

    TASK: ClassVar[str]
    """Of the model folders that this class loads."""
    network: Encoder

    @classmethod
    def _opened(cls, folder: Path) -> Encoder:
        model = loaded(folder, Encoder)
        if model.manifest.task != cls.TASK:
            raise ModelFolderError(
                f"{folder} was converted for {model.manifest.task}, and {cls.__name__} needs {cls.TASK}: "
                "convert it for that"
            )
        return model

    @staticmethod
    def _family(network: Encoder) -> str | None:
        return network.manifest.architecture

    def __call__(
        self,
        input_ids: Any = None,
        attention_mask: Any = None,
        *,
        token_type_ids: Any = None,
        return_dict: bool | None = None,
        output_attentions: bool | None = None,
        output_hidden_states: bool | None = None,
    ) -> ModelOutput:
        """What the model gives for token ids [rows, length]; without a mask every token counts.

        :raises TypeError: types of tokens for a model that has none, or an answer in another form.
        :raises ValueError: no batch of token ids.
        :raises RuntimeError: more tokens than the model has positions for.
        """
        if return_dict is False or output_attentions or output_hidden_states:
            raise TypeError("a converted model gives its answer alone, by name: no attentions, no states of layers")
        if input_ids is None:
            raise ValueError("You have to specify input_ids")
        ids = np.asarray(input_ids, np.int64)
        if ids.ndim != 2 or not ids.size:
            raise ValueError(f"token ids [rows, length] are needed, not of shape {ids.shape}")
        self._check_length(ids.shape[1])
        if token_type_ids is not None and self.network.manifest.architecture == "distilbert":
            raise TypeError("DistilBERT takes no token_type_ids")
        mask = np.ones(ids.shape, np.int64) if attention_mask is None else np.asarray(attention_mask, np.int64)
        types = None if token_type_ids is None else np.asarray(token_type_ids, np.int64)
        names = [name for name in self.network.network.outputs if name != _SENTENCES]
        return ModelOutput(self.network.outputs(ids, mask, types, names=names))

    def check_lengths(self, texts: Iterable[str], tokenizer: PreTrainedTokenizerFast) -> None:
        """Refuse texts that are too long where the tokenizer would not shorten them.

        :raises RuntimeError: such a text.
        """
        if tokenizer.model_max_length > self.network.longest:
            for text in texts:
                self._check_length(len(tokenizer(text)["input_ids"]))

    def _check_length(self, length: int) -> None:
        if length > self.network.longest:
            raise RuntimeError(f"{length} tokens are more than the {self.network.longest} that the model has: truncate")


class AutoModelForSequenceClassification(EncoderModel):
    """A label for a text: ``.logits`` [rows, labels]."""

    TASK = "text-classification"


class AutoModelForTokenClassification(EncoderModel):
    """A label for each token: ``.logits`` [rows, length, labels]."""

    TASK = "token-classification"


class AutoModelForQuestionAnswering(EncoderModel):
    """Where an answer starts and ends: ``.start_logits`` and ``.end_logits`` [rows, length]."""

    TASK = "question-answering"


class AutoModelForMaskedLM(EncoderModel):
    """A word for each token: ``.logits`` [rows, length, vocabulary]."""

    TASK = "fill-mask"


class States(EncoderModel):
    """Hidden states: ``.last_hidden_state`` [rows, length, width], and ``.pooler_output`` where the model has one."""

    TASK = "feature-extraction"


_FAMILIES = {
    "Bert": "bert",
    "DistilBert": "distilbert",
    "Roberta": "roberta",
    "XLMRoberta": "xlm-roberta",
    "Electra": "electra",
    "Albert": "albert",
}
_HEADS: dict[str, type[EncoderModel]] = {
    "ForSequenceClassification": AutoModelForSequenceClassification,
    "ForTokenClassification": AutoModelForTokenClassification,
    "ForQuestionAnswering": AutoModelForQuestionAnswering,
    "ForMaskedLM": AutoModelForMaskedLM,
    "Model": States,
}
OF_FAMILIES: dict[str, type[EncoderModel]] = {
    f"{family}{head}": type(f"{family}{head}", (base,), {"FAMILY": architecture, "__doc__": base.__doc__})
    for family, architecture in _FAMILIES.items()
    for head, base in _HEADS.items()
}
"""``BertForSequenceClassification`` and the others: the same, for one family alone."""
