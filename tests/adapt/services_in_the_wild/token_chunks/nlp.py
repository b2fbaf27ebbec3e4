import torch
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

MAX_TOKENS = 24

_tokenizer = AutoTokenizer.from_pretrained("model")
_model = AutoModelForSeq2SeqLM.from_pretrained("model")
_model.eval()


def split_tokens(text):
    """The text as rows of at most MAX_TOKENS ids, each closed by the end token."""
    ids = _tokenizer.encode(text, add_special_tokens=False)
    return [ids[i:i + MAX_TOKENS] + [_tokenizer.eos_token_id] for i in range(0, len(ids), MAX_TOKENS)]


def summarize_long(text):
    rows = split_tokens(text)
    if not rows:
        return "", 0
    pieces = []
    n_tokens = 0
    for row in rows:
        input_ids = torch.tensor([row], dtype=torch.long)
        attention_mask = torch.ones_like(input_ids)
        with torch.no_grad():
            out = _model.generate(input_ids=input_ids, attention_mask=attention_mask, max_length=20, num_beams=2)
        n_tokens += out.shape[-1]
        pieces.append(out[0].cpu().tolist())
    merged = torch.cat([torch.tensor(p) for p in pieces])
    keep = merged[merged != _tokenizer.pad_token_id]
    return _tokenizer.decode(keep, skip_special_tokens=True), n_tokens


def top_tokens(text):
    ids = _tokenizer(text, return_tensors="pt")["input_ids"].squeeze(0)
    return _tokenizer.convert_ids_to_tokens(ids.tolist())
