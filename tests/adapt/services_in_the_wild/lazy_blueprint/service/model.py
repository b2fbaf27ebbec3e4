import os
import threading
from functools import lru_cache

try:
    import torch
except ImportError:
    torch = None

from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

MODEL_PATH = os.environ.get("MODEL_PATH", "model")

_model = None
_lock = threading.Lock()


@lru_cache(maxsize=1)
def get_tokenizer():
    return AutoTokenizer.from_pretrained(MODEL_PATH)


def get_model():
    global _model
    if _model is None:
        with _lock:
            if _model is None:
                _model = AutoModelForSeq2SeqLM.from_pretrained(MODEL_PATH)
                _model.eval()
    return _model


def device_name():
    if torch is not None and torch.cuda.is_available():
        return "cuda"
    return "cpu"


def correct(text: str) -> str:
    tokenizer = get_tokenizer()
    model = get_model()
    ids = tokenizer(f"grammar: {text}", return_tensors="pt", max_length=64, truncation=True).input_ids
    out = model.generate(ids.to(device_name()), max_length=40)
    return tokenizer.decode(out.squeeze(), skip_special_tokens=True)
