"""What to generate: the model's own settings, with the caller's on top. Names and defaults are transformers'."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from numbers import Integral
from typing import Any, Literal

from jettison_runtime.errors import UnsupportedOption

_DEFAULT_NEW_TOKENS = 20

_INERT: Mapping[str, tuple[Any, ...]] = {
    "bad_words_ids": (None,),
    "begin_suppress_tokens": (None,),
    "constraints": (None,),
    "diversity_penalty": (None, 0.0),
    "encoder_no_repeat_ngram_size": (None, 0),
    "encoder_repetition_penalty": (None, 1.0),
    "exponential_decay_length_penalty": (None,),
    "forced_bos_token_id": (None,),
    "forced_eos_token_id": (None,),
    "guidance_scale": (None, 1.0),
    "low_memory": (None, False),
    "max_time": (None,),
    "num_assistant_tokens": (None,),
    "num_beam_groups": (None, 1),
    "output_attentions": (None, False),
    "output_hidden_states": (None, False),
    "output_logits": (None, False),
    "output_scores": (None, False),
    "penalty_alpha": (None,),
    "prompt_lookup_num_tokens": (None,),
    "remove_invalid_values": (None, False),
    "renormalize_logits": (None, False),
    "return_dict_in_generate": (None, False),
    "sequence_bias": (None,),
    "stop_strings": (None,),
    "suppress_tokens": (None,),
    "token_healing": (None, False),
}
"""Options that we do not have, with the values under which they change nothing."""
_FREE = {
    "temperature",
    "top_k",
    "top_p",
    "min_p",
    "top_h",
    "typical_p",
    "epsilon_cutoff",
    "eta_cutoff",
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
    "watermarking_config",
    "dola_layers",
}
"""Options that change nothing when tokens are not sampled and no second model assists."""


@dataclass(frozen=True)
class Settings:
    """One generation."""

    max_length: int | None = None
    """Counts the start token. Where both are set, `max_new_tokens` rules, whoever set it."""
    max_new_tokens: int | None = None
    min_length: int = 0
    min_new_tokens: int | None = None
    num_beams: int = 1
    num_return_sequences: int = 1
    early_stopping: bool | Literal["never"] = False
    length_penalty: float = 1.0
    no_repeat_ngram_size: int = 0
    repetition_penalty: float = 1.0
    do_sample: bool = False
    decoder_start_token_id: int = 0
    eos_token_id: tuple[int, ...] = (1,)
    pad_token_id: int | None = 0

    def updated(self, options: Mapping[str, Any]) -> Settings:
        """These settings with the given ones on top; None means: as before.

        :raises UnsupportedOption: an option that this runtime does not have, set so that it would matter.
        """
        changes: dict[str, Any] = {}
        for name, value in options.items():
            if name in _NAMES:
                if value is not None:
                    changes[name] = _tokens(value) if name == "eos_token_id" else value
            elif name.startswith("_") or name in _FREE or value in _INERT.get(name, ()):
                continue
            else:
                raise UnsupportedOption(
                    f"generate({name}={value!r}) is not supported by jettison-runtime, which has {', '.join(_NAMES)}"
                )
        return replace(self, **changes).checked()

    def checked(self) -> Settings:
        """Refuse what cannot be generated."""
        if self.do_sample:
            raise UnsupportedOption(
                "generate(do_sample=True) is not supported by jettison-runtime: it is greedy or beams"
            )
        for name in _WHOLE:
            value = getattr(self, name)
            if value is not None and (isinstance(value, bool) or not isinstance(value, Integral)):
                raise UnsupportedOption(f"generate({name}={value!r}): a whole number is meant")
        if isinstance(self.early_stopping, str) and self.early_stopping != "never":
            raise UnsupportedOption(
                f"generate(early_stopping={self.early_stopping!r}): True, False or 'never' is meant"
            )
        if self.repetition_penalty <= 0:
            raise ValueError(f"repetition_penalty is above 0, and not {self.repetition_penalty}")
        if self.num_beams < 1 or self.num_return_sequences < 1:
            raise ValueError("num_beams and num_return_sequences are at least 1")
        if self.num_return_sequences > self.num_beams:
            raise ValueError(
                f"num_return_sequences ({self.num_return_sequences}) is at most num_beams ({self.num_beams})"
            )
        if self.max_new_tokens is not None and self.max_new_tokens < 1:
            raise ValueError("max_new_tokens is at least 1")
        if self.total_length < 2:
            raise ValueError("max_length is at least 2: the start token and one new one")
        return self

    @property
    def total_length(self) -> int:
        """Longest output, the start token counted."""
        if self.max_new_tokens is not None:
            return self.max_new_tokens + 1
        return _DEFAULT_NEW_TOKENS + 1 if self.max_length is None else self.max_length

    @property
    def padding(self) -> int:
        """What fills short rows: the end token where no other is named."""
        if self.pad_token_id is not None:
            return self.pad_token_id
        return self.eos_token_id[0] if self.eos_token_id else 0

    @property
    def shortest_length(self) -> int:
        """No end token before this length, the start token counted."""
        return self.min_length if self.min_new_tokens is None else self.min_new_tokens + 1


_NAMES = tuple(field.name for field in fields(Settings))
TOKENS = ("decoder_start_token_id", "eos_token_id", "pad_token_id")
_WHOLE = (
    *("max_length", "max_new_tokens", "min_length", "min_new_tokens", "num_beams", "num_return_sequences"),
    *("no_repeat_ngram_size", "decoder_start_token_id", "pad_token_id"),
)
"""Settings that count something."""


def from_model(generation: Mapping[str, Any]) -> Settings:
    """The settings that the model came with. One that names no end token never ends before its length."""
    known = {name: value for name, value in generation.items() if value is not None}
    sampled = known.pop("do_sample", False)
    settings = Settings(eos_token_id=(), pad_token_id=None).updated(known)
    return replace(settings, do_sample=bool(sampled)) if sampled else settings


def held_by(config: Mapping[str, Any]) -> dict[str, Any]:
    """The generation settings in a config.json, where old models keep them; those that say nothing are left out."""
    defaults = {field.name: field.default for field in fields(Settings) if field.name not in TOKENS}
    ours = {name: config[name] for name, default in defaults.items() if config.get(name) not in (None, default)}
    others = {name: config[name] for name, inert in _INERT.items() if config.get(name) not in (None, *inert)}
    return {**ours, **others}


def _tokens(value: Any) -> tuple[int, ...]:
    return tuple(value) if isinstance(value, (list, tuple)) else (int(value),)
