from typing import List, Tuple

import torch
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

from app.config import settings


def pick_device() -> torch.device:
    if settings.device:
        return torch.device(settings.device)
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("cpu")


def load_model() -> Tuple[PreTrainedTokenizerBase, PreTrainedModel, torch.device]:
    device = pick_device()
    tokenizer = AutoTokenizer.from_pretrained(settings.model_path, use_fast=True)
    model = AutoModelForSeq2SeqLM.from_pretrained(settings.model_path, torch_dtype=torch.float32)
    model = model.to(device).eval()
    return tokenizer, model, device


def run(tokenizer, model, device, texts: List[str], num_beams: int = 1) -> List[str]:
    inputs = tokenizer(
        texts,
        return_tensors="pt",
        padding=True,
        truncation=True,
        max_length=settings.max_input_tokens,
    ).to(device)
    with torch.inference_mode():
        output = model.generate(**inputs, max_new_tokens=settings.max_new_tokens, num_beams=num_beams)
    return [t.strip() for t in tokenizer.batch_decode(output, skip_special_tokens=True)]
