"""Trains model/tokenizer.json again: a Unigram vocabulary of 32,000 pieces, built as T5's own is.

    pip install tokenizers && apt-get install wordnet-base && python train_tokenizer.py

Text: the glosses of WordNet 3.0 (Princeton University, WordNet licence) and the docstrings and help topics of
Python's standard library (PSF licence). About two minutes.
"""

import ast
import json
import pydoc_data.topics
import re
import sysconfig
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

HERE = Path(__file__).parent
WORDNET = Path("/usr/share/wordnet")
SPECIAL = ["<pad>", "</s>", "<unk>"]
PIECES, SENTINELS = 32_000, 100


def glosses():
    for path in sorted(WORDNET.glob("data.*")):
        for line in path.read_text("latin-1").splitlines():
            if not line.startswith("  "):
                yield line.partition("|")[2]


def docstrings():
    for path in sorted(Path(sysconfig.get_paths()["stdlib"]).rglob("*.py")):
        try:
            tree = ast.parse(path.read_text("utf-8"))
        except (SyntaxError, UnicodeDecodeError):  # test data that is meant to be broken
            continue
        documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
        for node in ast.walk(tree):
            if isinstance(node, documented) and (text := ast.get_docstring(node)):
                yield text


def corpus():
    for text in (*glosses(), *docstrings(), *pydoc_data.topics.topics.values()):
        yield re.sub(r"\s+", " ", text).strip()


def trained():
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Replace("\t", " "), normalizers.Replace("\n", " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    tokenizer.decoder = decoders.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=PIECES, special_tokens=SPECIAL, unk_token="<unk>", max_piece_length=16, show_progress=False
    )
    tokenizer.train_from_iterator(corpus(), trainer)
    sentinels = [f"<extra_id_{number}>" for number in reversed(range(SENTINELS))]
    tokenizer.add_special_tokens([AddedToken(each, normalized=False, special=True) for each in sentinels])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", 1)]
    )
    return tokenizer


if __name__ == "__main__":
    made = trained()
    text = json.dumps(json.loads(made.to_str()), ensure_ascii=False, separators=(",", ":"))
    (HERE / "model" / "tokenizer.json").write_text(text + "\n", encoding="utf-8")
    print(f"{made.get_vocab_size()} tokens")
