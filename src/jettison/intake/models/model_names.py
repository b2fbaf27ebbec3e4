"""Models that the code names: ``from_pretrained("t5-base")``, ``pipeline(…, model=X)``, ``InferenceSession(path)``."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ..app.apps import qualified
from ..source.code import Module
from ..source.folding import Folding, Place
from ..source.syntax import argument, dotted, keyword, last_name, receiver

_TOKENIZER_CLASSES = ("Tokenizer", "TokenizerFast", "Processor", "ProcessorFast", "FeatureExtractor")
_OTHER_CLASSES = ("Config", "GenerationConfig", "Scheduler")

# Loading functions by the name behind the last dot: where the model stands, and which modules it must come from.
_LOADERS: dict[str, tuple[int, tuple[str, ...], tuple[str, ...]]] = {
    "SentenceTransformer": (0, ("model_name_or_path",), ()),
    "CrossEncoder": (0, ("model_name", "model_name_or_path"), ()),
    "InferenceSession": (0, ("path_or_bytes",), ()),
    "load_model": (0, ("filepath", "path", "name"), ("keras", "tensorflow", "whisper", "tf", "fasttext", "mlflow")),
    "load": (
        0,
        ("f", "export_dir", "path", "filename"),
        ("torch", "tensorflow", "tf", "joblib", "pickle", "onnx", "jit"),
    ),
    "WhisperModel": (0, ("model_size_or_path",), ()),
    "YOLO": (0, ("model",), ()),
    "Llama": (-1, ("model_path",), ()),
    "Interpreter": (-1, ("model_path",), ()),
    "Translator": (0, ("model_path",), ("ctranslate2",)),
    "Generator": (0, ("model_path",), ("ctranslate2",)),
    "snapshot_download": (0, ("repo_id",), ()),
    "hf_hub_download": (0, ("repo_id",), ()),
    "TextEmbedding": (0, ("model_name",), ("fastembed",)),
}

_READERS = {"open": 0, "GFile": 0, "FastGFile": 0, "read_bytes": -1}
"""Functions that read a file, and where it stands; -1: what the method is called on. It is a model by its name."""
_READ_AS_BYTES = (".pb", ".onnx")

# Heads by the ends of their classes' names, and the task that each is for.
_HEADS = {
    "ForSequenceClassification": "text-classification",
    "ForTokenClassification": "token-classification",
    "ForQuestionAnswering": "question-answering",
    "ForMaskedLM": "fill-mask",
    "ForConditionalGeneration": "text2text-generation",
    "ForSeq2SeqLM": "text2text-generation",
    "ForImageClassification": "image-classification",
    "ForAudioClassification": "audio-classification",
}
_STATES = "feature-extraction"
_BARE = ("Auto", "Bert", "DistilBert", "Roberta", "XLMRoberta", "Electra", "Albert")
"""Families whose class without a head gives hidden states: ``AutoModel``, ``BertModel``."""
_SAME_TASK = {
    "sentiment-analysis": "text-classification",
    "ner": "token-classification",
    "summarization": "text2text-generation",
    "translation": "text2text-generation",
}

# What transformers' pipeline takes when it is given only a task; from its SUPPORTED_TASKS, as of 2025-10.
_DEFAULTS = {
    "sentiment-analysis": "distilbert/distilbert-base-uncased-finetuned-sst-2-english",
    "text-classification": "distilbert/distilbert-base-uncased-finetuned-sst-2-english",
    "ner": "dbmdz/bert-large-cased-finetuned-conll03-english",
    "token-classification": "dbmdz/bert-large-cased-finetuned-conll03-english",
    "question-answering": "distilbert/distilbert-base-cased-distilled-squad",
    "fill-mask": "distilbert/distilroberta-base",
    "summarization": "sshleifer/distilbart-cnn-12-6",
    "translation": "google-t5/t5-base",
    "text2text-generation": "google-t5/t5-base",
    "text-generation": "openai-community/gpt2",
    "zero-shot-classification": "facebook/bart-large-mnli",
    "feature-extraction": "distilbert/distilbert-base-cased",
    "image-classification": "google/vit-base-patch16-224",
    "automatic-speech-recognition": "facebook/wav2vec2-base-960h",
}


@dataclass(frozen=True, kw_only=True)
class NamedModel:
    """A model that a line of code loads."""

    names: tuple[str, ...]
    """What it may be called: a path or a name on the hub, the likeliest first; empty when that cannot be read."""
    place: str
    is_tokenizer: bool = False
    revision: str = "main"
    may_be_loaded: bool = False
    """Without a name, it may as well be an object that another line loads."""
    loader: str = ""
    """As the code writes it: ``AutoModel.from_pretrained``."""
    task: str = ""
    """What it is loaded for, as a pipeline is named; empty when that is not to be seen."""


def named_models(modules: Sequence[Module], folding: Folding) -> Iterator[NamedModel]:
    """Every model that modules load, in their order."""
    for module in modules:
        for node, frames in module.calls:
            yield from _of_call(node, Place(module, frames), folding)


def loads_model(node: ast.Call, module: Module) -> bool:
    """The call loads a model or what belongs to one, whatever it is called."""
    name, origin = last_name(node.func), qualified(node.func, module)
    if name in _LOADERS:
        return _comes_from(origin, _LOADERS[name][2])
    if name == "pipeline":
        return origin.startswith(("transformers", "optimum"))
    owner = dotted(node.func).rpartition(".")[0]
    return name == "from_pretrained" and owner != "" and not owner.endswith(_OTHER_CLASSES)


def _comes_from(origin: str, origins: tuple[str, ...]) -> bool:
    return not origins or any(part in origins for part in origin.split(".")[:-1])


def _of_call(node: ast.Call, place: Place, folding: Folding) -> Iterator[NamedModel]:
    name = last_name(node.func)
    if name == "from_pretrained":
        owner = dotted(node.func).rpartition(".")[0].rpartition(".")[2]
        if owner.endswith(_OTHER_CLASSES) or owner == "":
            return
        index = 1 if owner.startswith("Peft") else 0
        is_tokenizer = owner.endswith(_TOKENIZER_CLASSES) or "tokenizer" in owner.lower()
        model = argument(node, index, "pretrained_model_name_or_path", "model_id")
        yield _named(node, model, place, folding, is_tokenizer=is_tokenizer)
    elif name == "pipeline" and qualified(node.func, place.module).startswith(("transformers", "optimum")):
        yield from _of_pipeline(node, place, folding)
    elif name in _LOADERS:
        index, keywords, origins = _LOADERS[name]
        origin = qualified(node.func, place.module)
        if _comes_from(origin, origins):
            yield _named(node, argument(node, index, *keywords), place, folding)
    elif name in _READERS:
        yield from _of_reader(node, name, place, folding)


def _of_reader(node: ast.Call, name: str, place: Place, folding: Folding) -> Iterator[NamedModel]:
    """``open("model/net.pb", "rb")``."""
    file = receiver(node) if _READERS[name] < 0 else argument(node, 0, "file", "name")
    found = _named(node, file, place, folding)
    names = tuple(each for each in found.names if each.lower().endswith(_READ_AS_BYTES))
    if names:
        yield replace(found, names=names)


def _named(
    node: ast.Call, model: ast.expr | None, place: Place, folding: Folding, *, is_tokenizer: bool = False
) -> NamedModel:
    revisions = folding.values(keyword(node, "revision"), place)
    return NamedModel(
        names=tuple(each for each in folding.values(model, place) if each),
        place=place.module.place(node),
        is_tokenizer=is_tokenizer,
        revision=revisions[0] if revisions else "main",
        loader=dotted(node.func) or last_name(node.func),
        task=_task_of(dotted(node.func) or last_name(node.func)),
    )


def _task_of(loader: str) -> str:
    """The task of the class that loads a model: of its head, else hidden states."""
    owner = loader.removesuffix(".from_pretrained").rpartition(".")[2]
    head = next((task for end, task in _HEADS.items() if owner.endswith(end)), "")
    bare = owner == "SentenceTransformer" or owner.removesuffix("Model") in _BARE
    return head or (_STATES if bare else "")


def _of_pipeline(node: ast.Call, place: Place, folding: Folding) -> Iterator[NamedModel]:
    model = argument(node, 1, "model")
    if model is None:
        tasks = folding.values(argument(node, 0, "task"), place)
        names = [_DEFAULTS.get("translation" if each.startswith("translation") else each) for each in tasks]
        known = tuple(each for each in names if each)
        yield NamedModel(names=known, place=place.module.place(node), loader="pipeline")
        return
    task = next((each for each in folding.values(argument(node, 0, "task"), place) if each), "").partition("_")[0]
    found = _named(node, model, place, folding)
    yield replace(found, may_be_loaded=True, task=_SAME_TASK.get(task, task))
    tokenizer = keyword(node, "tokenizer")
    if isinstance(tokenizer, (ast.Constant, ast.Name)):
        found = _named(node, tokenizer, place, folding, is_tokenizer=True)
        if found.names:
            yield found
