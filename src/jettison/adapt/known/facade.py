"""The facade: what ``jettison_runtime.transformers`` has. A test holds this to its real signatures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from .signatures import ANY, Allowed, Only, Signature

Sort = Literal[
    "tokenizer",
    "model",
    "pipeline",
    "streamer",
    "encoding",
    "lists",
    "shape",
    "config",
    "generation_config",
    "parameters",
    "parameter",
    "device",
    "dtype",
    "float32",
]
"""What a followed value can be, besides arrays and the service's own objects. A tokenizer's answer is an ``encoding``
when it holds tensors and ``lists`` when it holds lists."""


FACADE = "jettison_runtime.transformers"

CLASSES: Mapping[str, Sort] = {
    "AutoTokenizer": "tokenizer",
    "PreTrainedTokenizerFast": "tokenizer",
    "T5Tokenizer": "tokenizer",
    "T5TokenizerFast": "tokenizer",
    "AutoModelForSeq2SeqLM": "model",
    "T5ForConditionalGeneration": "model",
    "BatchEncoding": "encoding",
    "GenerationConfig": "generation_config",
    "TextIteratorStreamer": "streamer",
    "TextStreamer": "streamer",
}
LOADED: frozenset[Sort] = frozenset({"tokenizer", "model"})
"""What ``from_pretrained`` gives."""
NAMES = frozenset({*CLASSES, "pipeline", "set_seed", "logging"})
"""All that can be imported from the facade."""
MODULES = frozenset(
    {
        "transformers",
        "transformers.generation",
        "transformers.generation.configuration_utils",
        "transformers.generation.streamers",
        "transformers.models.auto",
        "transformers.models.auto.modeling_auto",
        "transformers.models.auto.tokenization_auto",
        "transformers.models.t5",
        "transformers.models.t5.modeling_t5",
        "transformers.models.t5.tokenization_t5",
        "transformers.models.t5.tokenization_t5_fast",
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

_DOWNLOAD: Mapping[str, Allowed] = {
    "use_auth_token": ANY,
    "force_download": ANY,
    "resume_download": ANY,
    "proxies": ANY,
    "trust_remote_code": Only(values=(False, None)),
}
_LOADING: Mapping[str, Allowed] = {
    "cache_dir": ANY,
    "local_files_only": ANY,
    "revision": ANY,
    "use_fast": ANY,
    "legacy": ANY,
    "token": ANY,
}
_PLACEMENT: Mapping[str, Allowed] = {
    "device_map": Only(values=("auto", "cpu", None)),
    "attn_implementation": Only(values=("eager", "sdpa", None)),
}
_FLOAT32 = Only(values=("auto", "float32", None))

GENERATION: Mapping[str, Allowed] = {
    **dict.fromkeys(
        (
            "max_length",
            "max_new_tokens",
            "min_length",
            "min_new_tokens",
            "num_beams",
            "num_return_sequences",
            "early_stopping",
            "length_penalty",
            "no_repeat_ngram_size",
            "repetition_penalty",
            "decoder_start_token_id",
            "eos_token_id",
            "pad_token_id",
            "bad_words_ids",
            "begin_suppress_tokens",
            "do_sample",
            "encoder_no_repeat_ngram_size",
            "encoder_repetition_penalty",
            "epsilon_cutoff",
            "eta_cutoff",
            "exponential_decay_length_penalty",
            "forced_bos_token_id",
            "forced_eos_token_id",
            "max_time",
            "min_p",
            "renormalize_logits",
            "sequence_bias",
            "stop_strings",
            "suppress_tokens",
            "temperature",
            "top_k",
            "top_p",
            "typical_p",
            # Nothing that is generated depends on these.
            "use_cache",
            "bos_token_id",
        ),
        ANY,
    ),
    "constraints": Only(values=(None,)),
    "diversity_penalty": Only(values=(None, 0.0)),
    "guidance_scale": Only(values=(None, 1.0)),
    "low_memory": Only(values=(None, False)),
    "num_beam_groups": Only(values=(None, 1)),
    "output_attentions": Only(values=(None, False)),
    "output_hidden_states": Only(values=(None, False)),
    "output_logits": Only(values=(None, False)),
    "output_scores": Only(values=(None, False)),
    "penalty_alpha": Only(values=(None,)),
    "prompt_lookup_num_tokens": Only(values=(None,)),
    "remove_invalid_values": Only(values=(None, False)),
    "return_dict_in_generate": Only(values=(None, False)),
}
"""Options of ``generate`` that the runtime has, or that change nothing at these values."""
BEAMS_OF_PIPELINES = 4
"""A pipeline that names no number of beams has so many."""

FROM_PRETRAINED: Mapping[Sort, Signature] = {
    "tokenizer": Signature(
        positional=("pretrained_model_name_or_path",),
        options={**_LOADING, "model_max_length": ANY, "padding_side": ANY},
        dropped=_DOWNLOAD,
    ),
    "model": Signature(
        positional=("pretrained_model_name_or_path",),
        options={
            **_LOADING,
            "use_safetensors": ANY,
            "low_cpu_mem_usage": ANY,
            "torch_dtype": _FLOAT32,
            "dtype": _FLOAT32,
        },
        dropped={**_DOWNLOAD, **_PLACEMENT},
    ),
}
PIPELINE = Signature(
    positional=("task", "model"),
    options={
        **GENERATION,
        "tokenizer": ANY,
        "device": Only(values=(None, -1, "cpu")),
        "framework": Only(values=(None, "pt")),
        "batch_size": ANY,
        "truncation": ANY,
        "clean_up_tokenization_spaces": ANY,
    },
    dropped={
        **_DOWNLOAD,
        **_PLACEMENT,
        "device": ANY,
        "use_fast": ANY,
        "revision": ANY,
        "token": ANY,
        "num_workers": ANY,
        "torch_dtype": _FLOAT32,
        "dtype": _FLOAT32,
    },
)
TASKS = frozenset({"text2text-generation", "summarization", "translation"})

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
            },
            dropped={"return_token_type_ids": Only(values=(False, None)), "verbose": ANY},
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
            options={"attention_mask": ANY, "inputs": ANY, "tokenizer": ANY, "streamer": ANY, **GENERATION},
        ),
    },
    "pipeline": {
        "__call__": Signature(
            positional=("inputs",),
            options={**GENERATION, "truncation": ANY, "clean_up_tokenization_spaces": ANY},
            dropped={"batch_size": ANY, "num_workers": ANY},
        ),
    },
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
METHODS["lists"] = METHODS["encoding"]
METHODS["tokenizer"]["encode"] = METHODS["tokenizer"]["encode_plus"] = METHODS["tokenizer"]["__call__"]
METHODS["tokenizer"]["batch_encode_plus"] = Signature(
    positional=("batch_text_or_text_pairs",),
    options=METHODS["tokenizer"]["__call__"].options,
    dropped=METHODS["tokenizer"]["__call__"].dropped,
)
TAKES: Mapping[str, Sort | Literal["array"]] = {
    "input_ids": "array",
    "inputs": "array",
    "attention_mask": "array",
    "token_ids": "array",
    "sequences": "array",
    "ids": "array",
    "generation_config": "generation_config",
    "model": "model",
    "tokenizer": "tokenizer",
    "streamer": "streamer",
    "device": "device",
    "device_map": "device",
    "torch_dtype": "float32",
    "dtype": "float32",
}
"""Which parameters take what the facade or torch made; all others take plain Python data only."""
ENCODED = frozenset({"input_ids", "attention_mask"})
"""What a tokenizer's answer holds, as items and as attributes."""

ATTRIBUTES: Mapping[Sort, Mapping[str, Sort | None]] = {
    "tokenizer": dict.fromkeys(
        (
            "pad_token",
            "eos_token",
            "unk_token",
            "pad_token_id",
            "eos_token_id",
            "unk_token_id",
            "model_max_length",
            "padding_side",
            "vocab_size",
        )
    ),
    "model": {"config": "config", "generation_config": "generation_config", "device": "device", "training": None},
    "parameter": {"requires_grad": None},
    "pipeline": {"task": None, "model": "model", "tokenizer": "tokenizer"},
    "config": dict.fromkeys(
        ("model_type", "vocab_size", "d_model", "num_layers", "pad_token_id", "eos_token_id", "decoder_start_token_id")
    ),
}
"""What may be read, and what it is: None for plain Python data."""
WRITABLE: Mapping[Sort, Mapping[str, Allowed]] = {
    "tokenizer": {"model_max_length": ANY},
    # A call may ask for beams besides, and the two are not to be had together.
    "generation_config": {**GENERATION, "do_sample": Only(values=(False, None))},
    "parameter": {"requires_grad": Only(values=(False,))},
}
"""What may be set with the effect that it has in transformers."""

UNWRAPPED: Mapping[str, frozenset[str]] = {
    "model": frozenset({"to", "eval", "cpu", "cuda", "float", "requires_grad_"}),
    "encoding": frozenset({"to"}),
    "array": frozenset({"to", "cpu", "cuda", "detach"}),
    "pipeline": frozenset(),
}
"""Methods that give back what they are called on, once everything is on the CPU: ``x.to(device)`` becomes ``x``."""
