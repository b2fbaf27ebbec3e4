"""``pipeline``: its tasks, and what each takes when it is made and when it is called."""

from __future__ import annotations

from collections.abc import Mapping

from .generation import GENERATION
from .loading import DOWNLOAD, FLOAT32, PLACEMENT
from .signatures import ANY, Allowed, Only, Signature
from .sorts import Sort

TASKS: Mapping[str, Sort] = {
    "text2text-generation": "pipeline",
    "summarization": "pipeline",
    "translation": "pipeline",
    "text-classification": "classifying_pipeline",
    "sentiment-analysis": "classifying_pipeline",
    "token-classification": "tagging_pipeline",
    "ner": "tagging_pipeline",
    "question-answering": "answering_pipeline",
    "fill-mask": "filling_pipeline",
    "feature-extraction": "states_pipeline",
    "image-classification": "picture_pipeline",
    "image-feature-extraction": "picture_states_pipeline",
    "audio-classification": "sound_pipeline",
}
OWN: Mapping[Sort, Mapping[str, Allowed]] = {
    "pipeline": {**GENERATION, "truncation": ANY, "clean_up_tokenization_spaces": ANY},
    "classifying_pipeline": dict.fromkeys(
        (
            "top_k",
            "function_to_apply",
            "return_all_scores",
            "truncation",
            "max_length",
            "padding",
            "add_special_tokens",
        ),
        ANY,
    ),
    "tagging_pipeline": dict.fromkeys(("aggregation_strategy", "grouped_entities", "ignore_labels", "stride"), ANY),
    "answering_pipeline": dict.fromkeys(
        ("top_k", "doc_stride", "max_answer_len", "max_seq_len", "handle_impossible_answer", "align_to_words"), ANY
    ),
    "filling_pipeline": dict.fromkeys(("top_k", "targets"), ANY),
    "states_pipeline": {"truncation": ANY, "tokenize_kwargs": ANY, "return_tensors": Only(values=(None, False))},
    "picture_pipeline": {"top_k": ANY, "function_to_apply": ANY, "timeout": ANY},
    "picture_states_pipeline": {"pool": ANY, "return_tensors": Only(values=(None, False)), "timeout": ANY},
    "sound_pipeline": {"top_k": ANY, "function_to_apply": ANY},
}
"""Options of a task that it takes when it is made, and when it is called."""
PERCEIVING: frozenset[Sort] = frozenset({"picture_pipeline", "picture_states_pipeline", "sound_pipeline"})
"""Of pictures and sounds: they have no tokenizer, but what prepares these."""
BESIDE: Mapping[bool, tuple[str, ...]] = {False: ("tokenizer",), True: ("image_processor", "feature_extractor")}
"""Options for what prepares the input, of the others and of those."""
MADE: Mapping[Sort, Signature] = {
    sort: Signature(
        positional=("task", "model"),
        options={
            **own,
            **dict.fromkeys(BESIDE[sort in PERCEIVING], ANY),
            "device": Only(values=(None, -1, "cpu")),
            "framework": Only(values=(None, "pt")),
            "batch_size": ANY,
        },
        dropped={
            **DOWNLOAD,
            **PLACEMENT,
            "device": ANY,
            "use_fast": ANY,
            "revision": ANY,
            "token": ANY,
            "num_workers": ANY,
            "torch_dtype": FLOAT32,
            "dtype": FLOAT32,
        },
    )
    for sort, own in OWN.items()
}
_INPUTS: Mapping[Sort, tuple[str, ...]] = {
    "answering_pipeline": ("question", "context"),
    "picture_pipeline": ("images",),
}
"""Other names of what is asked about."""
_BATCHES: Mapping[str, Allowed] = {"batch_size": ANY, "num_workers": ANY}
METHODS: Mapping[Sort, dict[str, Signature]] = {
    sort: {
        "__call__": Signature(
            positional=("inputs",),
            options={**own, **dict.fromkeys(_INPUTS.get(sort, ()), ANY)},
            dropped={**_BATCHES, "max_question_len": ANY} if sort == "answering_pipeline" else _BATCHES,
        )
    }
    for sort, own in OWN.items()
}
