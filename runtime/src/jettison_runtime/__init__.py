"""What ships: a converted model answers, without torch or transformers.

>>> import jettison_runtime
>>> model = jettison_runtime.load("model")          # doctest: +SKIP
>>> model.generate(["transformer"])                 # doctest: +SKIP
['T R AE N Z F AO R M ER']
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

__version__ = "0.1.0"

__all__ = ["TASKS", "__version__", "load", "set_seed"]

TASKS = {
    "text2text-generation": ("text2text", "TextToText"),
    "text-classification": ("tasks.text_classification", "TextClassifier"),
    "token-classification": ("tasks.token_classification", "TokenClassifier"),
    "question-answering": ("tasks.question_answering", "QuestionAnswerer"),
    "fill-mask": ("tasks.mask_filling", "MaskFiller"),
    "feature-extraction": ("tasks.embedding", "Embedder"),
    "image-classification": ("tasks.image_classification", "ImageClassifier"),
    "image-feature-extraction": ("tasks.image_embedding", "ImageEmbedder"),
    "audio-classification": ("tasks.audio_classification", "AudioClassifier"),
    "raw-tensors": ("tensor_model", "TensorModel"),
}
"""The module and the class that answer for a task of a manifest."""


def load(folder: str | Path, *, threads: int | None = None, verify: bool = True) -> Any:
    """Load a converted model: a `TextToText`, `TextClassifier`, `TokenClassifier`, `QuestionAnswerer`, `MaskFiller`,
    `Embedder`, `ImageClassifier`, `ImageEmbedder`, `AudioClassifier` or `TensorModel`, as the folder's task says.

    :param folder: what ``jettison convert`` wrote.
    :param threads: CPU threads for one request; None: what affinity and the container's quota allow.
    :param verify: compare every file with its digest first.
    :raises ModelFolderError: the folder is no converted model, is damaged, or needs another runtime.
    """
    from .errors import ModelFolderError
    from .manifest import read

    task = read(Path(folder)).task
    if task not in TASKS:
        raise ModelFolderError(f"{folder} holds a model for {task}, and this runtime knows {', '.join(TASKS)}")
    module, name = TASKS[task]
    answerer = getattr(import_module(f".{module}", __name__), name)
    return answerer.load(Path(folder), threads=threads, verify=verify)


def set_seed(seed: int) -> None:
    """Start the random numbers over that tokens are sampled with."""
    from .generation import chance

    chance.set_seed(seed)
