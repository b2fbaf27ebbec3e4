"""Options of ``generate``."""

from __future__ import annotations

from collections.abc import Mapping

from .signatures import ANY, Allowed, Only

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
