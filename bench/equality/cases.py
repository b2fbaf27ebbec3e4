"""Questions to a model that cover every generation option, batches of mixed lengths among them."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

Case = dict[str, Any]
"""``ids`` and ``mask`` [rows, source], ``options``; ``since``: the version of transformers that does so."""

LENGTHS = (1, 3, 7, 12, 30, 70)


class Cases:
    """Draws cases for one model."""

    def __init__(self, seed: object, vocabulary: int, *, stops: Sequence[str] = (), lengths: Sequence[int] = LENGTHS):
        self._random = random.Random(str(seed))
        self._vocabulary, self._stops, self._lengths = vocabulary, stops, lengths

    def drawn(self, count: int) -> list[Case]:
        """Cases that make each rule come up in turn, others beside it by chance."""
        rules = [name for name in self._rules() if name != "stop_strings" or self._stops]
        return [self._one(rules[number % len(rules)]) for number in range(count)]

    def _one(self, rule: str) -> Case:
        choose, some = self._random.choice, self._random.random
        lengths = [choose(self._lengths) for _ in range(choose([1, 1, 2, 3, 5, 8]))]
        rows = [[self._token() for _ in range(length)] + [1] for length in lengths]
        width = max(map(len, rows))
        options: dict[str, Any] = {"do_sample": False}
        options |= choose([{"max_new_tokens": choose([1, 2, 8, 20, 40])}, {"max_length": choose([2, 9, 25])}, {}])
        beams = choose([1, 1, 1, 2, 3, 4, 6])
        if beams > 1:
            options |= {
                "num_beams": beams,
                "early_stopping": choose([False, True, "never"]),
                "length_penalty": choose([1.0, 0.0, 2.0, -1.0, 0.6]),
                "num_return_sequences": choose([1, 1, beams]),
            }
        rules = self._rules()
        for name, value in rules.items():
            if name == rule or (some() < 0.1 and (name != "stop_strings" or self._stops)):
                options[name] = value()
        return {
            "ids": [row + [0] * (width - len(row)) for row in rows],
            "mask": [[1] * len(row) + [0] * (width - len(row)) for row in rows],
            "options": _possible(options, rule),
            "since": _since(options),
        }

    def _rules(self) -> dict[str, Callable[[], Any]]:
        choose, token = self._random.choice, self._token
        return {
            "no_repeat_ngram_size": lambda: choose([1, 2, 3]),
            "encoder_no_repeat_ngram_size": lambda: choose([1, 2, 3]),
            "repetition_penalty": lambda: choose([1.2, 0.8, 2.0]),
            "encoder_repetition_penalty": lambda: choose([1.5, 0.7]),
            "min_length": lambda: choose([2, 5, 12]),
            "min_new_tokens": lambda: choose([1, 4, 9]),
            "forced_bos_token_id": token,
            "forced_eos_token_id": lambda: choose([1, [1, token()]]),
            "suppress_tokens": lambda: [token() for _ in range(self._vocabulary // 3)],
            "begin_suppress_tokens": lambda: [token() for _ in range(self._vocabulary // 2)],
            "bad_words_ids": lambda: [[token() for _ in range(choose([1, 1, 2, 3]))] for _ in range(20)],
            "sequence_bias": lambda: [
                [[token() for _ in range(choose([1, 1, 2]))], choose([4.0, 2.5, -8.0])] for _ in range(10)
            ],
            "exponential_decay_length_penalty": lambda: [choose([0, 2, 6]), choose([1.1, 1.5])],
            "renormalize_logits": lambda: True,
            "eos_token_id": lambda: [1, *(token() for _ in range(choose([1, 3, 8])))],
            "pad_token_id": lambda: choose([1, 2]),
            "stop_strings": lambda: self._random.sample(list(self._stops), 3),
            "max_time": lambda: 1000.0,
        }

    def _token(self) -> int:
        return self._random.randrange(3, self._vocabulary)


def _since(options: dict[str, Any]) -> int:
    """4.57 fails at a tokenizer, and takes other rows' prompts for the encoder's penalty where a prompt has beams."""
    of_five = "stop_strings" in options or ("num_beams" in options and "encoder_repetition_penalty" in options)
    return 5 if of_five else 4


def _possible(options: dict[str, Any], rule: str) -> dict[str, Any]:
    """Without what would make no numbers (a length penalty on an end token that another rule forbids), and what ties.

    Which of two equal scores a search with beams takes is left to torch's `topk`, which promises no order: that happens
    between several forced ends, and between beams that a forced start makes the same when it is also the end.
    """
    if {"suppress_tokens", "begin_suppress_tokens"} & set(options) and rule != "forced_bos_token_id":
        options.pop("forced_bos_token_id", None)  # transformers 5 refuses a forced token that is also suppressed
    if rule == "forced_bos_token_id":
        options.pop("suppress_tokens", None)
    if "num_beams" in options or "suppress_tokens" in options:
        if isinstance(options.get("forced_eos_token_id"), list):
            options["forced_eos_token_id"] = 1
        if options.get("max_length") == 2 or options.get("max_new_tokens") == 1:
            options.pop("forced_bos_token_id", None)
    clash = "min_length", "min_new_tokens", "encoder_no_repeat_ngram_size", "forced_eos_token_id", "bad_words_ids"
    if "exponential_decay_length_penalty" in options:
        if rule in clash or rule == "no_repeat_ngram_size":
            del options["exponential_decay_length_penalty"]
        else:
            for name in (*clash, "no_repeat_ngram_size"):
                options.pop(name, None)
    if "max_length" in options or "max_new_tokens" in options:
        longest = options.get("max_length", options.get("max_new_tokens", 0) + 1)
        if "min_length" in options:
            options["min_length"] = min(options["min_length"], longest)
    return options


WARPS: tuple[dict[str, Any], ...] = (
    {},
    {"top_k": 0},
    {"top_k": 1},
    {"top_k": 7, "temperature": 0.7},
    {"temperature": 1.9, "top_k": 0},
    *({"top_p": value, "top_k": count} for value in (0.0, 0.3, 0.92, 0.999) for count in (0, 50)),
    *({"min_p": value, "top_k": 0} for value in (0.0, 0.05, 0.4, 1.0)),
    *({"typical_p": value, "top_k": count} for value in (0.1, 0.5, 0.95) for count in (0, 20)),
    *({"epsilon_cutoff": value, "top_k": 0} for value in (0.0003, 0.02)),
    *({"eta_cutoff": value, "top_k": 0} for value in (0.0003, 0.02)),
    {"temperature": 0.8, "top_k": 40, "top_p": 0.95},
    {"temperature": 1.3, "top_k": 60, "top_p": 0.9, "min_p": 0.02, "typical_p": 0.9},
    {"top_k": 0, "top_p": 0.97, "epsilon_cutoff": 0.001, "eta_cutoff": 0.002, "renormalize_logits": True},
)
"""Options that sampling reads."""
