"""Runs where sentencepiece is: trains a small model a rule of normalization, each in a T5 folder of its own.

python pieces.py TEXT FOLDER
"""

import json
import sys
from pathlib import Path
from typing import Any

import sentencepiece  # type: ignore[import-not-found]

RULES: dict[str, dict[str, Any]] = {
    "nmt_nfkc": {},
    "nfkc": {"normalization_rule_name": "nfkc"},
    "nmt_nfkc_cf": {"normalization_rule_name": "nmt_nfkc_cf"},
    "identity": {"normalization_rule_name": "identity"},
    "symbols": {"user_defined_symbols": ["<sep>", "##", "\U0001f600"], "control_symbols": ["<ctl>"]},
    "bytes": {"byte_fallback": True},
    "spaces": {"remove_extra_whitespaces": False, "add_dummy_prefix": False},
}


def main(text: str, folder: str) -> None:
    """Train all of them."""
    for name, options in RULES.items():
        into = Path(folder) / name
        into.mkdir(parents=True)
        sentencepiece.SentencePieceTrainer.train(
            input=text,
            model_prefix=str(into / "spiece"),
            vocab_size=2000,
            hard_vocab_limit=False,
            model_type="unigram",
            character_coverage=0.995,
            pad_id=0,
            eos_id=1,
            unk_id=2,
            bos_id=-1,
            num_threads=1,
            minloglevel=2,
            **options,
        )
        (into / "config.json").write_text(json.dumps({"model_type": "t5"}))
        (into / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "T5Tokenizer"}))


if __name__ == "__main__":
    main(*sys.argv[1:])
