"""Encoders: the classes that load them, what calling them gives, and the families that they are of."""

from __future__ import annotations

from collections.abc import Mapping

from .signatures import ANY, Only, Signature
from .sorts import ENCODERS, Sort

FAMILIES: Mapping[str, str] = {
    "Bert": "bert",
    "DistilBert": "distilbert",
    "Roberta": "roberta",
    "XLMRoberta": "xlm_roberta",
    "Electra": "electra",
    "Albert": "albert",
}
"""The beginning of their classes' names, and their module in ``transformers.models``."""
_HEADS: Mapping[str, Sort] = {
    "ForSequenceClassification": "sequence_classifier",
    "ForTokenClassification": "token_classifier",
    "ForQuestionAnswering": "question_answerer",
    "ForMaskedLM": "mask_filler",
}
CLASSES: Mapping[str, Sort] = {
    **{f"{family}{head}": sort for family in ("AutoModel", *FAMILIES) for head, sort in _HEADS.items()},
    **{f"{family}Model": "encoder" for family in FAMILIES},
    "AutoModel": "encoder",
}
OUTPUTS: Mapping[Sort, Sort] = {
    "sequence_classifier": "classified",
    "token_classifier": "tagged",
    "question_answerer": "spans",
    "mask_filler": "filled",
    "encoder": "states",
}
"""What calling each gives."""
FIELDS: Mapping[Sort, Mapping[str, int]] = {
    "classified": {"logits": 2},
    "tagged": {"logits": 3},
    "spans": {"start_logits": 2, "end_logits": 2},
    "filled": {"logits": 3},
    "states": {"last_hidden_state": 3, "pooler_output": 2},
}
"""The tensors in it, in their order, with their numbers of dimensions."""
NONE = frozenset({"loss", "hidden_states", "attentions"})
"""Fields that are None unless a call asks for them, which none can."""

CALL = Signature(
    positional=("input_ids", "attention_mask"),
    options={
        "token_type_ids": ANY,
        "return_dict": Only(values=(None, True)),
        "output_attentions": Only(values=(None, False)),
        "output_hidden_states": Only(values=(None, False)),
    },
)
METHODS: Mapping[Sort, dict[str, Signature]] = {
    sort: {"train": Signature(positional=("mode",)), "__call__": CALL} for sort in ENCODERS
}
