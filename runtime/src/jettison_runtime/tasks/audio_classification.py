"""The task audio-classification: labels for a sound, as transformers' pipeline gives them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jettison_runtime import sounds as steps

from .prepared import PreparedTask
from .scores import Label, ranked


@dataclass(frozen=True)
class AudioClassifier(PreparedTask):
    """A loaded classifier with what is done to a sound first."""

    TASK = "audio-classification"
    READ = staticmethod(steps.read)

    def classify(
        self, sounds: Sequence[Any], *, top_k: int | None = 5, function_to_apply: str | None = None
    ) -> list[list[Label]]:
        """The best labels of each sound, best first.

        :param sounds: waveforms [samples] of floats at the model's rate, ``{"array": …, "sampling_rate": …}``, paths of
            WAV files, or their bytes.
        :param top_k: how many; None: all of them.
        :param function_to_apply: ``softmax``, ``sigmoid`` or ``none`` for the scores; None: softmax, as transformers.
        :raises ValueError: a sound that cannot be read, is too short, or has another rate; or no such function.
        """
        config, function = self.model.manifest.config, function_to_apply or "softmax"
        return [ranked(config, each["logits"], top_k=top_k, function=function) for each in self.answers(sounds)]
