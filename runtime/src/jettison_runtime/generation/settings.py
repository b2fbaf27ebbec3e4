"""What to generate: the model's own settings, with the caller's on top. Names and defaults are transformers'."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from numbers import Integral
from typing import Any, Literal

from jettison_runtime.errors import UnsupportedOption

from .options import FREE, INERT, OFF

_DEFAULT_NEW_TOKENS = 20


@dataclass(frozen=True)
class Settings:
    """One generation."""

    max_length: int | None = None
    """Counts the start token. Where both are set, `max_new_tokens` rules, whoever set it."""
    max_new_tokens: int | None = None
    max_time: float | None = None
    """Seconds, from before the encoder runs; the token that is being made then is the last."""
    min_length: int = 0
    min_new_tokens: int | None = None
    num_beams: int = 1
    num_return_sequences: int = 1
    early_stopping: bool | Literal["never"] = False
    length_penalty: float = 1.0
    exponential_decay_length_penalty: tuple[int, float] | None = None
    """After so many tokens, ends become likelier by this factor a token."""
    no_repeat_ngram_size: int = 0
    encoder_no_repeat_ngram_size: int = 0
    repetition_penalty: float = 1.0
    encoder_repetition_penalty: float = 1.0
    bad_words_ids: tuple[tuple[int, ...], ...] | None = None
    sequence_bias: tuple[tuple[tuple[int, ...], float], ...] | None = None
    suppress_tokens: tuple[int, ...] | None = None
    begin_suppress_tokens: tuple[int, ...] | None = None
    forced_bos_token_id: int | None = None
    forced_eos_token_id: tuple[int, ...] | None = None
    stop_strings: tuple[str, ...] | None = None
    renormalize_logits: bool = False
    do_sample: bool = False
    temperature: float = 1.0
    top_k: int = 50
    top_p: float = 1.0
    min_p: float | None = None
    typical_p: float = 1.0
    epsilon_cutoff: float = 0.0
    eta_cutoff: float = 0.0
    decoder_start_token_id: int = 0
    eos_token_id: tuple[int, ...] = (1,)
    pad_token_id: int | None = 0

    def updated(self, options: Mapping[str, Any]) -> Settings:
        """These settings with the given ones on top; None switches off what can be off, and else says nothing.

        :raises UnsupportedOption: an option that this runtime does not have, set so that it would matter.
        """
        changes: dict[str, Any] = {}
        for name, value in options.items():
            if name in _NAMES:
                if value is not None:
                    changes[name] = _frozen(name, value)
                elif name in OFF:
                    changes[name] = OFF[name]
            elif name.startswith("_") or name in FREE or value in INERT.get(name, ()):
                continue
            else:
                raise UnsupportedOption(
                    f"generate({name}={value!r}) is not supported by jettison-runtime, which has {', '.join(_NAMES)}"
                )
        return replace(self, **changes).checked()

    def checked(self) -> Settings:
        """Refuse what cannot be generated."""
        if self.do_sample and self.num_beams > 1:
            raise UnsupportedOption(
                "generate(do_sample=True, num_beams>1) is not supported by jettison-runtime: it samples, or searches "
                "with beams"
            )
        for name in _WHOLE:
            value = getattr(self, name)
            if value is not None and (isinstance(value, bool) or not isinstance(value, Integral)):
                raise UnsupportedOption(f"generate({name}={value!r}): a whole number is meant")
        if isinstance(self.early_stopping, str) and self.early_stopping != "never":
            raise UnsupportedOption(
                f"generate(early_stopping={self.early_stopping!r}): True, False or 'never' is meant"
            )
        # What only sampling reads means nothing without it, whatever it is: `temperature=0` is how many say greedy.
        sampled = ("temperature",) if self.do_sample else ()
        for name in ("repetition_penalty", "encoder_repetition_penalty", *sampled):
            value = getattr(self, name)
            if not isinstance(value, (int, float)) or value <= 0:
                raise ValueError(f"{name} is a number above 0, and not {value!r}")
        for name in ("top_p", "min_p", "typical_p", "epsilon_cutoff", "eta_cutoff"):
            value = getattr(self, name)
            if value is not None and self.do_sample and (not isinstance(value, (int, float)) or not 0 <= value <= 1):
                raise ValueError(f"{name} is a number between 0 and 1, and not {value!r}")
        self._check_beams()
        if self.max_new_tokens is not None and self.max_new_tokens < 1:
            raise ValueError("max_new_tokens is at least 1")
        if self.total_length < 2:
            raise ValueError("max_length is at least 2: the start token and one new one")
        return self

    def _check_beams(self) -> None:
        if (self.do_sample and self.top_k < 0) or self.num_beams < 1 or self.num_return_sequences < 1:
            raise ValueError("num_beams and num_return_sequences are at least 1, and top_k is 0 or more")
        if self.num_return_sequences > self.num_beams and not self.do_sample:
            raise ValueError(
                f"num_return_sequences ({self.num_return_sequences}) is at most num_beams ({self.num_beams})"
            )
        forced = set(self.forced_eos_token_id or ())
        if self.num_beams > 1 and forced and forced <= set(self.suppress_tokens or ()):
            # Every token would be impossible, and which of them a search takes is chance.
            raise ValueError("forced_eos_token_id and suppress_tokens name the same token: none is left to choose")

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

    @property
    def rows_of_a_prompt(self) -> int:
        """Sequences that are decoded for each prompt at once."""
        return self.num_return_sequences if self.do_sample else self.num_beams


_NAMES = tuple(field.name for field in fields(Settings))
TOKENS = ("decoder_start_token_id", "eos_token_id", "pad_token_id")
_WHOLE = (
    *("max_length", "max_new_tokens", "min_length", "min_new_tokens", "num_beams", "num_return_sequences", "top_k"),
    *("no_repeat_ngram_size", "encoder_no_repeat_ngram_size", "decoder_start_token_id", "pad_token_id"),
    "forced_bos_token_id",
)
"""Settings that count something, or name one token."""


def from_model(generation: Mapping[str, Any]) -> Settings:
    """The settings that the model came with. One that names no end token never ends before its length."""
    known = {name: value for name, value in generation.items() if value is not None}
    sampled = known.pop("do_sample", False)
    settings = Settings(eos_token_id=(), pad_token_id=None).updated(known)
    # Not checked yet: a model that samples with beams is refused when it is asked to, not when it is loaded.
    return replace(settings, do_sample=bool(sampled)) if sampled else settings


def held_by(config: Mapping[str, Any]) -> dict[str, Any]:
    """The generation settings in a config.json, where old models keep them; those that say nothing are left out."""
    defaults = {field.name: field.default for field in fields(Settings) if field.name not in TOKENS}
    ours = {name: config[name] for name, default in defaults.items() if config.get(name) not in (None, default)}
    others = {name: config[name] for name, inert in INERT.items() if config.get(name) not in (None, *inert)}
    return {**ours, **others}


def _frozen(name: str, value: Any) -> Any:
    """A value as the settings keep it: lists as tuples, one token or text where several may stand as a tuple of it."""
    try:
        if name in ("eos_token_id", "forced_eos_token_id", "suppress_tokens", "begin_suppress_tokens"):
            return tuple(int(each) for each in value) if isinstance(value, (list, tuple)) else (int(value),)
        if name == "stop_strings":
            return (value,) if isinstance(value, str) else tuple(value)
        if name == "bad_words_ids":
            return tuple(tuple(int(token) for token in word) for word in value)
        if name == "sequence_bias":
            pairs = value.items() if isinstance(value, Mapping) else value
            return tuple((tuple(int(token) for token in tokens), float(bias)) for tokens, bias in pairs)
        if name == "exponential_decay_length_penalty":
            start, factor = value
            return int(start), float(factor)
    except (TypeError, ValueError) as cause:
        raise UnsupportedOption(f"generate({name}={value!r}) is not what transformers takes there") from cause
    return value
