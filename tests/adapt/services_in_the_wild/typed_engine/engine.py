from __future__ import annotations

import logging
import os
from dataclasses import dataclass, field
from typing import Any, Dict, List

import torch
from torch import Tensor
from transformers import AutoTokenizer, T5ForConditionalGeneration

logger = logging.getLogger("engine")

torch.set_num_threads(int(os.environ.get("TORCH_THREADS", "1")))


@dataclass
class GenerationOptions:
    max_new_tokens: int = 20
    num_beams: int = 1
    no_repeat_ngram_size: int = 0

    def as_kwargs(self) -> Dict[str, Any]:
        return {
            "max_new_tokens": self.max_new_tokens,
            "num_beams": self.num_beams,
            "no_repeat_ngram_size": self.no_repeat_ngram_size,
        }


@dataclass
class Engine:
    path: str
    options: GenerationOptions = field(default_factory=GenerationOptions)
    device: torch.device = field(init=False)
    model: T5ForConditionalGeneration = field(init=False, repr=False)
    tokenizer: AutoTokenizer = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.device = torch.device("cpu")
        self.tokenizer = AutoTokenizer.from_pretrained(self.path)
        self.model = T5ForConditionalGeneration.from_pretrained(self.path).to(self.device)
        self.model.eval()
        total = sum(p.numel() for p in self.model.parameters())
        logger.info("loaded %s: %.1fM parameters", self.path, total / 1e6)

    def encode(self, texts: List[str]) -> Dict[str, Tensor]:
        encoded = self.tokenizer(texts, padding=True, truncation=True, max_length=64, return_tensors="pt")
        return {name: tensor.to(self.device) for name, tensor in encoded.items()}

    @torch.inference_mode()
    def generate(self, texts: List[str]) -> List[str]:
        inputs = self.encode(texts)
        output: Tensor = self.model.generate(**inputs, **self.options.as_kwargs())
        return self.decode(output)

    def decode(self, tokens: Tensor) -> List[str]:
        return self.tokenizer.batch_decode(tokens, skip_special_tokens=True)
