"""Options of transformers' ``generate`` that this runtime does not have, and when it matters that it does not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

INERT: Mapping[str, tuple[Any, ...]] = {
    "constraints": (None,),
    "diversity_penalty": (None, 0.0),
    "dola_layers": (None,),
    "guidance_scale": (None, 1.0),
    "low_memory": (None, False),
    "num_assistant_tokens": (None,),
    "num_beam_groups": (None, 1),
    "output_attentions": (None, False),
    "output_hidden_states": (None, False),
    "output_logits": (None, False),
    "output_scores": (None, False),
    "penalty_alpha": (None,),
    "prompt_lookup_num_tokens": (None,),
    "remove_invalid_values": (None, False),
    "return_dict_in_generate": (None, False),
    "token_healing": (None, False),
    "top_h": (None,),
    "watermarking_config": (None,),
}
"""Options that we do not have, with the values under which they change nothing."""
FREE = frozenset(
    {
        "use_cache",
        "cache_implementation",
        "cache_config",
        "bos_token_id",
        "transformers_version",
        "return_unused_kwargs",
        "generation_kwargs",
        "is_assistant",
        "disable_compile",
        "compile_config",
        "num_assistant_tokens_schedule",
        "assistant_confidence_threshold",
        "assistant_early_exit",
        "assistant_lookbehind",
        "target_lookbehind",
        "max_matching_ngram_size",
        "prefill_chunk_size",
        "continuous_batching_config",
    }
)
"""Options that change nothing where no second model assists."""
OFF: Mapping[str, Any] = {
    "eos_token_id": (),
    "no_repeat_ngram_size": 0,
    "encoder_no_repeat_ngram_size": 0,
    "repetition_penalty": 1.0,
    "encoder_repetition_penalty": 1.0,
    "min_length": 0,
    "renormalize_logits": False,
    "temperature": 1.0,
    "top_k": 0,
    "top_p": 1.0,
    "typical_p": 1.0,
    "epsilon_cutoff": 0.0,
    "eta_cutoff": 0.0,
    **dict.fromkeys(
        (
            "bad_words_ids",
            "begin_suppress_tokens",
            "exponential_decay_length_penalty",
            "forced_bos_token_id",
            "forced_eos_token_id",
            "max_time",
            "min_new_tokens",
            "min_p",
            "sequence_bias",
            "stop_strings",
            "suppress_tokens",
        )
    ),
}
"""What a call that sets an option to None switches it to, whatever the model says; of all others None says nothing."""
