"""CTranslate2 with 8-bit weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from . import Generate

NAME = "CTranslate2 int8"
REQUIREMENTS = ("ctranslate2", "transformers", "torch", "sentencepiece", "numpy")
FILES = ("model.bin",)


def convert(checkpoint: Path, into: Path) -> None:
    """Its converter for transformers."""
    from ctranslate2.converters import TransformersConverter

    TransformersConverter(str(checkpoint)).convert(str(into), quantization="int8", force=True)


def load(folder: Path, threads: int) -> Generate:
    """A translator that is given tokens, as its users do."""
    import ctranslate2

    translator = ctranslate2.Translator(
        str(folder), device="cpu", compute_type="int8_float32", intra_threads=threads, inter_threads=1
    )
    tokens: list[str] = json.loads((folder / "shared_vocabulary.json").read_text(encoding="utf-8"))
    ids_of = {token: number for number, token in enumerate(tokens)}

    def generate(ids: Any, new_tokens: int, beams: int) -> list[list[int]]:
        results = translator.translate_batch(
            [[tokens[each] for each in row] for row in ids.tolist()],
            beam_size=beams,
            max_decoding_length=new_tokens,
            min_decoding_length=new_tokens,
            max_input_length=0,
        )
        return [[ids_of[token] for token in each.hypotheses[0]] for each in results]

    return generate
