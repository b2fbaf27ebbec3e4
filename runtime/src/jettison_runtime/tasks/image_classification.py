"""The task image-classification: labels for a picture, as transformers' pipeline gives them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jettison_runtime.pictures import Preprocessing

from .prepared import PreparedTask
from .scores import Label, ranked


@dataclass(frozen=True)
class ImageClassifier(PreparedTask):
    """A loaded classifier with what is done to a picture first. Needs Pillow."""

    TASK = "image-classification"
    READ = staticmethod(Preprocessing.read)

    def classify(
        self, pictures: Sequence[Any], *, top_k: int | None = 5, function_to_apply: str | None = None
    ) -> list[list[Label]]:
        """The best labels of each picture, best first.

        :param pictures: paths, bytes of a file, Pillow's pictures, or arrays [height, width, 3] of 8 bits.
        :param top_k: how many; None: all of them.
        :param function_to_apply: ``softmax``, ``sigmoid`` or ``none`` for the scores; None: what the model was trained
            for.
        :raises ValueError: a picture that cannot be read, or a function that there is not.
        """
        config = self.model.manifest.config
        return [
            ranked(config, each["logits"], top_k=top_k, function=function_to_apply) for each in self.answers(pictures)
        ]
