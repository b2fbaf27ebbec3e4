"""The facade: what ``jettison_runtime.transformers`` has. A test holds this to its real signatures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from . import encoders, perception, pipelines, tensorflow
from . import sentence_transformers as sentences
from .generation import GENERATION
from .signatures import ANY, Allowed, Only, Signature
from .sorts import MODELS, PIPELINES, Sort

FACADE = "jettison_runtime.transformers"
_TOKENIZERS: Mapping[str, Sort] = {
    f"{family}Tokenizer{kind}": "tokenizer" for family in ("T5", *encoders.FAMILIES) for kind in ("", "Fast")
}
CLASSES: Mapping[str, Sort] = {
    "AutoConfig": "config",
    "AutoTokenizer": "tokenizer",
    "PreTrainedTokenizerFast": "tokenizer",
    **_TOKENIZERS,
    "AutoModelForSeq2SeqLM": "model",
    "T5ForConditionalGeneration": "model",
    **encoders.CLASSES,
    **perception.CLASSES,
    "BatchEncoding": "encoding",
    "GenerationConfig": "generation_config",
    "TextIteratorStreamer": "streamer",
    "TextStreamer": "streamer",
}
SLOW = frozenset(name for name in _TOKENIZERS if not name.endswith("Fast"))
"""Before transformers 5 these are other programs than the tokenizers that the runtime has."""
NAMES = frozenset({*CLASSES, "pipeline", "set_seed", "logging"})
"""All that can be imported from the facade."""
_PARTS = ("modeling", "image_processing", "feature_extraction")
MODULES = frozenset(
    {
        "transformers",
        "transformers.generation",
        "transformers.generation.configuration_utils",
        "transformers.generation.streamers",
        "transformers.models.auto",
        "transformers.models.auto.configuration_auto",
        "transformers.models.auto.modeling_auto",
        "transformers.models.auto.tokenization_auto",
        *(
            f"transformers.models.{family}{part}"
            for family in ("t5", *encoders.FAMILIES.values())
            for part in ("", f".modeling_{family}", f".tokenization_{family}", f".tokenization_{family}_fast")
        ),
        *(
            f"transformers.models.{family}{part}"
            for family in perception.MODULES
            for part in ("", *(f".{kind}_{family}" for kind in _PARTS))
        ),
        "transformers.feature_extraction_utils",
        "transformers.image_processing_utils",
        "transformers.models.auto.feature_extraction_auto",
        "transformers.models.auto.image_processing_auto",
        "transformers.models.auto.processing_auto",
        "transformers.pipelines",
        "transformers.tokenization_utils_base",
        "transformers.tokenization_utils_fast",
        "transformers.trainer_utils",
        "transformers.utils",
    }
)
"""Where transformers keeps those names; ``from`` any of them becomes ``from`` the facade."""
LOGGING = frozenset(
    {"set_verbosity", "set_verbosity_error", "set_verbosity_warning", "set_verbosity_info", "disable_progress_bar"}
)

METHODS: dict[Sort, dict[str, Signature]] = {
    "tokenizer": {
        "__call__": Signature(
            positional=("text", "text_pair"),
            options={
                "add_special_tokens": ANY,
                "padding": ANY,
                "truncation": ANY,
                "max_length": ANY,
                "return_tensors": Only(values=("pt", "np", None)),
                "return_attention_mask": ANY,
                "return_token_type_ids": ANY,
                "return_offsets_mapping": ANY,
                "return_special_tokens_mask": ANY,
            },
            dropped={"verbose": ANY},
        ),
        "decode": Signature(positional=("token_ids", "skip_special_tokens", "clean_up_tokenization_spaces")),
        "batch_decode": Signature(positional=("sequences", "skip_special_tokens", "clean_up_tokenization_spaces")),
        "tokenize": Signature(positional=("text",)),
        "convert_tokens_to_ids": Signature(positional=("tokens",)),
        "convert_ids_to_tokens": Signature(positional=("ids", "skip_special_tokens")),
    },
    "model": {
        "train": Signature(positional=("mode",)),
        "parameters": Signature(),
        "generate": Signature(
            positional=("input_ids", "generation_config"),
            options={
                "attention_mask": ANY,
                "inputs": ANY,
                "tokenizer": ANY,
                "streamer": ANY,
                # A tokenizer that gives them has no T5, which takes none: an error with torch and without.
                "token_type_ids": ANY,
                **GENERATION,
            },
        ),
    },
    **encoders.METHODS,
    **perception.METHODS,
    **pipelines.METHODS,
    "sentence_encoder": sentences.METHODS,
    **tensorflow.METHODS,
    "parameter": {"numel": Signature()},
    "generation_config": {"__init__": Signature(options=GENERATION)},
    "streamer": {
        "__init__": Signature(
            positional=("tokenizer", "skip_prompt"),
            options={"timeout": ANY, "skip_special_tokens": ANY, "clean_up_tokenization_spaces": ANY},
        ),
    },
    "encoding": {
        "keys": Signature(),
        "values": Signature(),
        "items": Signature(),
        "get": Signature(positional=("key", "default")),
        "pop": Signature(positional=("key", "default")),
    },
}
METHODS["lists"] = METHODS["features"] = METHODS["encoding"]
METHODS["tokenizer"]["encode"] = METHODS["tokenizer"]["encode_plus"] = METHODS["tokenizer"]["__call__"]
METHODS["tokenizer"]["batch_encode_plus"] = Signature(
    positional=("batch_text_or_text_pairs",),
    options=METHODS["tokenizer"]["__call__"].options,
    dropped=METHODS["tokenizer"]["__call__"].dropped,
)
TAKES: Mapping[str, Sort | Literal["array"]] = {
    **dict.fromkeys(sentences.COMPARE, "array"),
    "input_ids": "array",
    "inputs": "array",
    "attention_mask": "array",
    "token_type_ids": "array",
    "pixel_values": "array",
    "input_values": "array",
    "token_ids": "array",
    "sequences": "array",
    "ids": "array",
    "generation_config": "generation_config",
    "config": "config",
    "model": "model",
    "tokenizer": "tokenizer",
    "image_processor": "image_processor",
    "feature_extractor": "feature_extractor",
    "streamer": "streamer",
    "device": "device",
    "device_map": "device",
    "torch_dtype": "float32",
    "dtype": "float32",
}
"""Which parameters take what the facade or torch made; all others take plain Python data only."""
ENCODED: Mapping[str, int] = {
    "input_ids": 2,
    "token_type_ids": 2,
    "attention_mask": 2,
    "special_tokens_mask": 2,
    "offset_mapping": 3,
}
"""What a tokenizer's answer may hold, as items and as attributes, and the dimensions of its tensors."""
HELD: Mapping[Sort, Mapping[str, int | None]] = {"encoding": ENCODED, "lists": ENCODED, "features": perception.HELD}
"""The same by what holds it."""
FOR_MODELS = ("input_ids", "token_type_ids", "attention_mask")
"""What it holds when nobody asks for more."""

OUTPUTS: Mapping[Sort, Sort] = {**encoders.OUTPUTS, **perception.OUTPUTS}
"""What calling a model gives."""
FIELDS: Mapping[Sort, Mapping[str, int | None]] = {**encoders.FIELDS, **perception.FIELDS}
"""The tensors in it, in their order, with their numbers of dimensions; None where that is not known."""
_SPECIAL = ("pad", "eos", "unk", "cls", "sep", "mask", "bos")
ATTRIBUTES: Mapping[Sort, Mapping[str, Sort | None]] = {
    "tokenizer": dict.fromkeys(
        (
            *(f"{name}_token" for name in _SPECIAL),
            *(f"{name}_token_id" for name in _SPECIAL),
            *("model_max_length", "padding_side", "vocab_size", "model_input_names"),
        )
    ),
    "model": {"config": "config", "generation_config": "generation_config", "device": "device", "training": None},
    **{sort: {"config": "config", "device": "device", "training": None} for sort in encoders.OUTPUTS},
    "sentence_encoder": {"device": "device", "max_seq_length": None, "tokenizer": "tokenizer"},
    "parameter": {"requires_grad": None},
    **perception.ATTRIBUTES,
    **tensorflow.ATTRIBUTES,
    "pipeline": {"task": None, "model": "model", "tokenizer": "tokenizer"},
    "classifying_pipeline": {"task": None, "model": "sequence_classifier", "tokenizer": "tokenizer"},
    "tagging_pipeline": {"task": None, "model": "token_classifier", "tokenizer": "tokenizer"},
    "answering_pipeline": {"task": None, "model": "question_answerer", "tokenizer": "tokenizer"},
    "filling_pipeline": {"task": None, "model": "mask_filler", "tokenizer": "tokenizer"},
    "states_pipeline": {"task": None, "model": "encoder", "tokenizer": "tokenizer"},
    "picture_pipeline": {"task": None, "model": "image_classifier"},
    "picture_states_pipeline": {"task": None, "model": "image_encoder"},
    "sound_pipeline": {"task": None, "model": "sound_classifier"},
    "config": dict.fromkeys(
        (
            *("model_type", "vocab_size", "pad_token_id", "eos_token_id"),
            *("d_model", "num_layers", "decoder_start_token_id"),
            *(
                "id2label",
                "label2id",
                "num_labels",
                "problem_type",
                "hidden_size",
                "max_position_embeddings",
                "image_size",
            ),
        )
    ),
}
"""What may be read, and what it is: None for plain Python data."""
WRITABLE: Mapping[Sort, Mapping[str, Allowed]] = {
    "tokenizer": {"model_max_length": ANY},
    "sentence_encoder": {"max_seq_length": ANY},
    "config": {"id2label": ANY},
    # A call may ask for beams besides, and the two are not to be had together.
    "generation_config": {**GENERATION, "do_sample": Only(values=(False, None))},
    "parameter": {"requires_grad": Only(values=(False,))},
    **tensorflow.WRITABLE,
}
"""What may be set with the effect that it has in transformers."""

UNWRAPPED: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(MODELS, frozenset({"to", "eval", "cpu", "cuda", "float", "requires_grad_"})),
    **dict.fromkeys(("encoding", "features"), frozenset({"to"})),
    "array": frozenset({"to", "cpu", "cuda", "detach"}),
    **dict.fromkeys(PIPELINES, frozenset()),
}
"""Methods that give back what they are called on, once everything is on the CPU: ``x.to(device)`` becomes ``x``."""
