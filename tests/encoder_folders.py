"""Small folders of encoders: config.json and a tokenizer. `encoder_peer` has transformers draw and save the weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from tests.t5_folders import safetensors

WORDS = [
    *("the", "a", "quick", "brown", "fox", "jumps", "over", "lazy", "dog", "paris", "france", "is"),
    *("capital", "city", "of", "hello", "world", "who", "what", "where"),
]
TEXTS = [
    "The quick brown fox jumps over the lazy dog.",
    "hello world",
    "Paris is the capital city of France, isn't it?",
    "Ünïcode 日本",
    "a",
    "what a world of brown foxes, lazy dogs and quick cities jumping over Parisian capitals",
]
_NAMES = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_SMALL = {"hidden_size": 32, "num_attention_heads": 4, "intermediate_size": 48, "num_hidden_layers": 2}
_LABELS = {"0": "O", "1": "B-PER", "2": "I-PER", "3": "B-LOC"}

CONFIGS: dict[str, dict[str, Any]] = {
    "bert": {**_SMALL, "model_type": "bert", "max_position_embeddings": 80, "hidden_act": "gelu_new"},
    "roberta": {**_SMALL, "model_type": "roberta", "max_position_embeddings": 82, "type_vocab_size": 1},
    "xlm-roberta": {**_SMALL, "model_type": "xlm-roberta", "max_position_embeddings": 82, "type_vocab_size": 1},
    "distilbert": {
        "model_type": "distilbert",
        "dim": 32,
        "n_heads": 2,
        "hidden_dim": 64,
        "n_layers": 3,
        "max_position_embeddings": 80,
    },
    "electra": {**_SMALL, "model_type": "electra", "embedding_size": 16, "max_position_embeddings": 80},
    "albert": {
        **{**_SMALL, "num_hidden_layers": 4, "num_hidden_groups": 2, "inner_group_num": 2},
        "model_type": "albert",
        "embedding_size": 16,
        "max_position_embeddings": 80,
    },
}
HEADS = {
    "text-classification": "ForSequenceClassification",
    "token-classification": "ForTokenClassification",
    "question-answering": "ForQuestionAnswering",
    "fill-mask": "ForMaskedLM",
    "feature-extraction": "Model",
}
CLASSES = {
    "bert": "Bert",
    "roberta": "Roberta",
    "xlm-roberta": "XLMRoberta",
    "distilbert": "DistilBert",
    "electra": "Electra",
    "albert": "Albert",
}


def write(folder: Path, family: str, task: str) -> Path:
    """A folder of a family for a task, without weights; `encoder_peer` adds them."""
    folder.mkdir(parents=True)
    config = {**CONFIGS[family], "architectures": [f"{CLASSES[family]}{HEADS[task]}"]}
    if task in ("text-classification", "token-classification"):
        config |= {"id2label": _LABELS, "label2id": {name: int(number) for number, name in _LABELS.items()}}
    config["vocab_size"], padding = _TOKENIZERS[family](folder)
    config["pad_token_id"] = padding
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def sentence_transformer(folder: Path, modes: list[str], *, normalize: bool) -> None:
    """Make a folder of sentence-transformers of one with a bare encoder."""
    modules: list[dict[str, str]] = [
        {"path": "", "type": "sentence_transformers.models.Transformer"},
        {"path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
    ]
    if normalize:
        modules.append({"path": "2_Normalize", "type": "sentence_transformers.models.Normalize"})
    (folder / "modules.json").write_text(json.dumps(modules))
    (folder / "1_Pooling").mkdir()
    pooling = {f"pooling_mode_{mode}": True for mode in modes}
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({"word_embedding_dimension": 32, **pooling}))
    (folder / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": 12}))


def _wordpieces() -> list[str]:
    letters = [chr(number) for number in range(ord("a"), ord("z") + 1)]
    pieces = [*letters, *(f"##{letter}" for letter in letters), *",.?!'", "##es", "##ing", "##ian"]
    return list(dict.fromkeys([*_NAMES, *pieces, *WORDS]))


def _vocabulary(folder: Path) -> tuple[int, int]:
    """vocab.txt alone, as the first checkpoints have it."""
    tokens = _wordpieces()
    (folder / "vocab.txt").write_text("\n".join(tokens) + "\n")
    settings = {"do_lower_case": True, "tokenizer_class": "BertTokenizer", "model_max_length": 80}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    return len(tokens), 0


def _wordpiece(folder: Path, named: str) -> tuple[int, int]:
    numbers = {token: number for number, token in enumerate(_wordpieces())}
    tokenizer = Tokenizer(models.WordPiece(numbers, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.add_special_tokens(list(_NAMES))
    _save(tokenizer, folder, named, "[CLS]", "[SEP]", 1, _special("[{}]"))
    return len(numbers), 0


def _bytes(folder: Path) -> tuple[int, int]:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    special = ["<s>", "<pad>", "</s>", "<unk>", _mask("<mask>")]
    letters = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=320, special_tokens=special, initial_alphabet=letters, show_progress=False)
    tokenizer.train_from_iterator([*TEXTS, " ".join(WORDS)] * 4, trainer)
    first, last = (("<s>", tokenizer.token_to_id("<s>") or 0), ("</s>", tokenizer.token_to_id("</s>") or 0))
    tokenizer.post_processor = processors.RobertaProcessing(last, first, add_prefix_space=False)
    _save(tokenizer, folder, "RobertaTokenizer", "<s>", "</s>", 0, None)
    return tokenizer.get_vocab_size(), 1


def _unigram(folder: Path, named: str) -> tuple[int, int]:
    names = ["<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]"]
    if named == "XLMRobertaTokenizer":
        names = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    # Not trained: the trainer makes another vocabulary every time, and with it another model.
    tokenizer = Tokenizer(models.Unigram(_scored(names), unk_id=names.index("<unk>"), byte_fallback=False))
    # As published: without the split versions of transformers disagree on where a word starts.
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.add_special_tokens([*names[:-1], _mask(names[-1])])
    first, last = ("<s>", "</s>") if named == "XLMRobertaTokenizer" else ("[CLS]", "[SEP]")
    _save(tokenizer, folder, named, first, last, 1 if named == "AlbertTokenizer" else 0, None)
    return tokenizer.get_vocab_size(), names.index("<pad>")


def _scored(names: list[str]) -> list[tuple[str, float]]:
    """Pieces as a trainer would find them, with their scores: the longer, the likelier than its letters."""
    letters = [chr(number) for number in range(ord("a"), ord("z") + 1)]
    pieces = ["\u2581", *letters, *"THPFU,.?!'", "es", "ing", "ian", *(f"\u2581{word}" for word in WORDS[:12])]
    return [*((name, 0.0) for name in names), *((piece, -4.0 - 0.01 * place) for place, piece in enumerate(pieces))]


def _save(
    tokenizer: Tokenizer, folder: Path, named: str, first: str, last: str, second: int, special: dict[str, str] | None
) -> None:
    ids = [(token, tokenizer.token_to_id(token)) for token in (first, last)]
    if named != "RobertaTokenizer":
        middle = f"{last} {last}" if named == "XLMRobertaTokenizer" else last
        pair = f"{first} $A {middle} $B:{second} {last}:{second}"
        tokenizer.post_processor = processors.TemplateProcessing(
            single=f"{first} $A {last}", pair=pair, special_tokens=ids
        )
    tokenizer.save(str(folder / "tokenizer.json"))
    settings = {"tokenizer_class": named, "model_max_length": 80, **(special or {})}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))


def _mask(token: str) -> AddedToken:
    """As transformers saves the mask of these families: the space before it belongs to it."""
    return AddedToken(token, lstrip=True, special=True)


def _special(pattern: str) -> dict[str, str]:
    return {f"{name}_token": pattern.format(name.upper()) for name in ("pad", "unk", "cls", "sep", "mask")}


_TOKENIZERS: dict[str, Any] = {
    "bert": _vocabulary,
    "distilbert": lambda folder: _wordpiece(folder, "DistilBertTokenizer"),
    "electra": lambda folder: _wordpiece(folder, "ElectraTokenizer"),
    "roberta": _bytes,
    "xlm-roberta": lambda folder: _unigram(folder, "XLMRobertaTokenizer"),
    "albert": lambda folder: _unigram(folder, "AlbertTokenizer"),
}


def bert(folder: Path, task: str = "feature-extraction", *, seed: int = 0, **changed: Any) -> Path:
    """A folder of a small BERT with weights of its own, made without transformers."""
    write(folder, "bert", task)
    config = {**json.loads((folder / "config.json").read_text()), **changed}
    (folder / "config.json").write_text(json.dumps(config))
    safetensors(folder / "model.safetensors", _tensors(config, task, seed))
    return folder


def _tensors(config: dict[str, Any], task: str, seed: int) -> dict[str, NDArray[np.float32]]:
    random = np.random.default_rng(seed)
    width, inner = config["hidden_size"], config["intermediate_size"]
    made: dict[str, NDArray[np.float32]] = {}

    def table(name: str, rows: int, columns: int) -> None:
        made[name] = (random.standard_normal((rows, columns)) * 0.25).astype(np.float32)

    def part(name: str, rows: int, columns: int) -> None:
        table(f"{name}.weight", rows, columns)
        made[f"{name}.bias"] = (random.standard_normal(rows) * 0.25).astype(np.float32)

    def norm(name: str) -> None:
        made[f"{name}.weight"] = random.uniform(0.5, 1.5, width).astype(np.float32)
        made[f"{name}.bias"] = (random.standard_normal(width) * 0.25).astype(np.float32)

    prefix = "" if task == "feature-extraction" else "bert."
    table(f"{prefix}embeddings.word_embeddings.weight", config["vocab_size"], width)
    table(f"{prefix}embeddings.position_embeddings.weight", config["max_position_embeddings"], width)
    table(f"{prefix}embeddings.token_type_embeddings.weight", 2, width)
    norm(f"{prefix}embeddings.LayerNorm")
    for number in range(config["num_hidden_layers"]):
        layer = f"{prefix}encoder.layer.{number}"
        for name in ("query", "key", "value"):
            part(f"{layer}.attention.self.{name}", width, width)
        part(f"{layer}.attention.output.dense", width, width)
        norm(f"{layer}.attention.output.LayerNorm")
        part(f"{layer}.intermediate.dense", inner, width)
        part(f"{layer}.output.dense", width, inner)
        norm(f"{layer}.output.LayerNorm")
    if task == "text-classification":
        part("bert.pooler.dense", width, width)
    if "id2label" in config:
        part("classifier", len(config["id2label"]), width)
    if task == "question-answering":
        part("qa_outputs", 2, width)
    if task == "fill-mask":
        part("cls.predictions.transform.dense", width, width)
        norm("cls.predictions.transform.LayerNorm")
        made["cls.predictions.bias"] = np.zeros(config["vocab_size"], np.float32)
    return made
