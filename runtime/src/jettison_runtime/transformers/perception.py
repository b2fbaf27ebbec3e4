"""Models for pictures and sounds under transformers' names: called with arrays, they give scores or states."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from jettison_runtime.errors import ModelFolderError
from jettison_runtime.loaded import loaded
from jettison_runtime.tasks.audio_classification import AudioClassifier
from jettison_runtime.tasks.image_classification import ImageClassifier
from jettison_runtime.tasks.image_embedding import ImageEmbedder
from jettison_runtime.tasks.prepared import PreparedTask
from jettison_runtime.tensor_model import TensorModel

from .converted import ConvertedModel
from .outputs import ModelOutput


class PerceivingModel(ConvertedModel):
    """A converted network for pictures or sounds."""

    KIND: ClassVar[type[PreparedTask]]
    """What loads its folders."""
    GIVES: ClassVar[str]
    """The output that such a network has, and others have not."""
    network: TensorModel

    @classmethod
    def _opened(cls, folder: Path) -> TensorModel:
        network = loaded(folder, cls.KIND).model
        if cls.GIVES not in [each.name for each in network.outputs]:
            raise ModelFolderError(f"{folder} gives no {cls.GIVES}, and {cls.__name__} needs it: convert it for that")
        return network

    @staticmethod
    def _family(network: TensorModel) -> str | None:
        return network.manifest.config.get("model_type")

    def _answer(self, given: Any, name: str, **switches: Any) -> ModelOutput:
        """What the network gives for a batch, a row at a time: an answer does not depend on its company."""
        if any(switches.values()):
            wanted = ", ".join(option for option, value in switches.items() if value)
            raise TypeError(f"a converted model gives its answer alone, by name: no {wanted}")
        if given is None:
            raise ValueError(f"You have to specify {name}")
        batch = np.asarray(given)
        if batch.dtype != np.float32 or not batch.size or batch.ndim != len(self.network.inputs[0].shape):
            raise ValueError(f"{name} is {self.network.inputs[0]}, not {batch.dtype} {list(batch.shape)}")
        rows = [self.network.run({self.network.inputs[0].name: row[None]}) for row in batch]
        return ModelOutput({output: np.concatenate([row[output] for row in rows]) for output in rows[0]})


class _Seeing(PerceivingModel):
    def __call__(
        self,
        pixel_values: Any = None,
        *,
        return_dict: bool | None = None,
        output_attentions: bool | None = None,
        output_hidden_states: bool | None = None,
        interpolate_pos_encoding: bool | None = None,
    ) -> ModelOutput:
        """What the model gives for pictures [pictures, 3, height, width].

        :raises TypeError: an answer in another form.
        :raises ValueError: no batch, or pictures of another size than the model was converted for.
        """
        return self._answer(
            pixel_values,
            "pixel_values",
            tuples=return_dict is False,
            attentions=output_attentions,
            hidden_states=output_hidden_states,
            other_sizes=interpolate_pos_encoding,
        )


class AutoModelForImageClassification(_Seeing):
    """A label for a picture: ``.logits`` [pictures, labels]."""

    KIND = ImageClassifier
    GIVES = "logits"


class ImageStates(_Seeing):
    """States of a picture: ``.last_hidden_state``, and the pooled ``.pooler_output``."""

    KIND = ImageEmbedder
    GIVES = "pooler_output"


class CLIPVisionModelWithProjection(_Seeing):
    """A vector for a picture in the space of its texts: ``.image_embeds`` [pictures, width]."""

    KIND = ImageEmbedder
    GIVES = "image_embeds"
    FAMILY = "clip_vision_model"


class AutoModelForAudioClassification(PerceivingModel):
    """A label for a sound: ``.logits`` [sounds, labels]."""

    KIND = AudioClassifier
    GIVES = "logits"

    def __call__(
        self,
        input_values: Any = None,
        *,
        return_dict: bool | None = None,
        output_attentions: bool | None = None,
        output_hidden_states: bool | None = None,
    ) -> ModelOutput:
        """What the model gives for sounds [sounds, samples], or [sounds, frames, bins] of a filter bank.

        :raises TypeError: an answer in another form.
        :raises ValueError: no batch.
        """
        return self._answer(
            input_values,
            "input_values",
            tuples=return_dict is False,
            attentions=output_attentions,
            hidden_states=output_hidden_states,
        )


_OF_PICTURES = {
    "Beit": "beit",
    "Bit": "bit",
    "ConvNext": "convnext",
    "ConvNextV2": "convnextv2",
    "DeiT": "deit",
    "Dinov2": "dinov2",
    "MobileNetV1": "mobilenet_v1",
    "MobileNetV2": "mobilenet_v2",
    "RegNet": "regnet",
    "ResNet": "resnet",
    "Swin": "swin",
    "Swinv2": "swinv2",
    "ViT": "vit",
}
_OF_SOUNDS = {
    "ASTForAudioClassification": "audio-spectrogram-transformer",
    "HubertForSequenceClassification": "hubert",
    "Wav2Vec2ForSequenceClassification": "wav2vec2",
    "WavLMForSequenceClassification": "wavlm",
}
_CLASSES: list[tuple[str, type[PerceivingModel], str]] = [
    *((f"{name}ForImageClassification", AutoModelForImageClassification, kind) for name, kind in _OF_PICTURES.items()),
    *((f"{name}Model", ImageStates, kind) for name, kind in _OF_PICTURES.items()),
    ("CLIPVisionModel", ImageStates, "clip_vision_model"),
    *((name, AutoModelForAudioClassification, kind) for name, kind in _OF_SOUNDS.items()),
]
OF_FAMILIES: dict[str, type[PerceivingModel]] = {
    name: type(name, (base,), {"FAMILY": kind, "__doc__": base.__doc__}) for name, base, kind in _CLASSES
}
"""``ViTForImageClassification`` and the others: the same, for one family alone."""
