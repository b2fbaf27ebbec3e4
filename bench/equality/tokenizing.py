"""Tokenizers on many texts: those of folders as they are, and those of spiece.model alone."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jettison.convert.tokenizer import tokenizer_json, tokenizer_settings
from jettison_runtime.tokenization import TextTokenizer
from jettison_runtime.transformers import PreTrainedTokenizerFast

from .comparison import answers, compared
from .texts import prose_lines, texts

_TRAINER = Path(__file__).with_name("pieces.py")


def tokenizer(folder: Path) -> PreTrainedTokenizerFast:
    """The facade's tokenizer of a trained model's folder, as a conversion would make it."""
    return PreTrainedTokenizerFast(TextTokenizer(folder, tokenizer_settings(folder), content=tokenizer_json(folder)))


def trained(python: Path, into: Path) -> tuple[Path, ...]:
    """Folders with a spiece.model of many scripts each, a rule of normalization a folder."""
    corpus = into / "corpus.txt"
    corpus.write_text(
        "\n".join(" ".join(text.split()) for text in (*prose_lines(), *texts(500, seed=5))), encoding="utf-8"
    )
    subprocess.run([str(python), str(_TRAINER), str(corpus), str(into)], check=True, capture_output=True)
    return tuple(sorted(each for each in into.iterdir() if each.is_dir()))


def tokenized(python: Path, folder: Path, asked: Sequence[str]) -> dict[str, Any]:
    """Counts of texts whose token ids are equal, and of token ids whose texts are."""
    found, ours = answers(python, folder, {"encode": list(asked)}), tokenizer(folder)
    encoded = compared(zip(asked, found["encode"], (ours(text)["input_ids"] for text in asked), strict=True))
    written = ([ours.decode(ids), ours.decode(ids, skip_special_tokens=True)] for ids in found["encode"])
    return {"encoded": encoded, "decoded": compared(zip(found["encode"], found["decode"], written, strict=True))}
