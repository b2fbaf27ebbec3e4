"""The task image-classification: labels for a picture, as transformers' pipeline gives them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from jettison_runtime.pictures import Preprocessing
from jettison_runtime.tensor_model import TensorModel

from .text_classification import Label, default_function, scored

TASK = "image-classification"


@dataclass(frozen=True)
class ImageClassifier:
    """A loaded classifier with what is done to a picture first. Needs Pillow."""

    model: TensorModel
    preprocessing: Preprocessing

    @classmethod
    def load(cls, folder: Path, *, threads: int | None = None, verify: bool = True) -> ImageClassifier:
        """Read a converted model from its folder; see `jettison_runtime.load`."""
        model = TensorModel.load(folder, threads=threads, verify=verify, task=TASK)
        return cls(model=model, preprocessing=Preprocessing.read(model.manifest.config["preprocessing"]))

    def classify(
        self, pictures: Sequence[Any], *, top_k: int | None = 5, function_to_apply: str | None = None
    ) -> list[list[Label]]:
        """The best labels of each picture, best first.

        :param pictures: paths, bytes of a file, Pillow's pictures, or arrays [height, width, 3] of 8 bits.
        :param top_k: how many; None: all of them.
        :param function_to_apply: ``softmax``, ``sigmoid`` or ``none`` for the scores; None: what the model was trained
            for.
        :raises ValueError: a function that there is not.
        """
        if isinstance(pictures, (str, bytes, Path)):
            raise TypeError("classify takes a list of pictures")
        answers = []
        for picture in pictures:
            logits = self.model.run({self.model.inputs[0].name: self.preprocessing.arrays([picture])})["logits"][0]
            answers.append(self._ranked(logits, top_k, function_to_apply))
        return answers

    def _ranked(self, logits: Any, top_k: int | None, function: str | None) -> list[Label]:
        config = self.model.manifest.config
        scores = scored(logits, function or default_function(config, len(logits)))
        names = config.get("id2label") or {}
        order = np.argsort(-scores, kind="stable")[:top_k]
        return [
            {"label": names.get(str(place), f"LABEL_{place}"), "score": float(scores[place])}
            for place in order.tolist()
        ]
