"""What is done to pictures and sounds before a model sees them, under transformers' names.

The converted folder says what that is; a class of transformers that does something else is an error.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from jettison_runtime import manifest as manifests
from jettison_runtime import sounds
from jettison_runtime.errors import ModelFolderError
from jettison_runtime.manifest import Manifest
from jettison_runtime.pictures import Preprocessing, stacked
from jettison_runtime.tensors import Tensor

from .location import check_options, folder_of
from .tokenizers import BatchEncoding

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Self

    from PIL.Image import Image

_PICTURES = ("image-classification", "image-feature-extraction")
_SOUNDS = ("audio-classification",)
_LIKE_CHANNELS = (1, 3)
"""Edges of a picture that transformers takes for its channels."""


class BatchFeature(BatchEncoding):
    """What is made of pictures or sounds: a mapping with attribute access."""


def _tensor(array: NDArray[np.float32], kind: str | None) -> Any:
    if kind not in ("pt", "np"):
        raise ValueError(f"return_tensors={kind!r}: jettison-runtime has 'pt' and 'np'")
    return Tensor(array) if kind == "pt" else array


def _told(manifest: Manifest, folder: Path, tasks: Sequence[str]) -> str:
    """The class of transformers that the folder was saved with, without its ending."""
    if manifest.task not in tasks:
        raise ModelFolderError(f"{folder} was converted for {manifest.task}, and this is for {' and '.join(tasks)}")
    kind = str(manifest.config.get("preprocessor", ""))
    return kind.removesuffix("Fast").removesuffix("ImageProcessor").removesuffix("FeatureExtractor")


class AutoImageProcessor:
    """Pictures to the numbers that a model takes, with Pillow."""

    FAMILY: ClassVar[str | None] = None
    """``ViT`` for a class of that name; None: any."""
    model_input_names: ClassVar[list[str]] = ["pixel_values"]

    def __init__(self, steps: Preprocessing) -> None:
        """The steps that a folder names."""
        self._steps = steps

    @classmethod
    def from_pretrained(cls, pretrained_model_name_or_path: str | os.PathLike[str], **options: Any) -> Self:
        """What is done to pictures before the converted model that stands for a path or a hub name.

        :raises ModelFolderError: the folder is not for pictures, or names another processor.
        """
        check_options(options, set())
        folder = folder_of(pretrained_model_name_or_path)
        manifest = manifests.read(folder)
        told = _told(manifest, folder, _PICTURES)
        if cls.FAMILY not in (None, told):
            raise ModelFolderError(f"{folder} was saved with {told}ImageProcessor, not with {cls.__name__}")
        return cls(Preprocessing.read(manifest.config["preprocessing"]))

    def __call__(self, images: Any, *, return_tensors: str | None = None) -> BatchFeature:
        """``pixel_values`` [pictures, 3, height, width] of one picture of Pillow's or numpy's, or of a list of them.

        A picture is taken as it is: none is turned as its camera was held, and one that is not in RGB is an error
        unless the folder's processor makes it so.

        :raises ValueError: no picture, another mode than RGB, or no kind of tensors.
        """
        given = images if isinstance(images, list | tuple) else [images]
        if not given:
            raise ValueError("no picture is given")
        made = stacked([self._steps.array(self._rgb(each)) for each in given])
        return BatchFeature({"pixel_values": _tensor(made, return_tensors)})

    preprocess = __call__

    def _rgb(self, picture: Any) -> Image:
        from PIL import Image

        if isinstance(picture, Image.Image) and self._steps.to_rgb:
            return picture.convert("RGB")
        if not isinstance(picture, Image.Image | np.ndarray):
            raise ValueError(f"a picture of Pillow's or an array of numpy's is meant, not a {type(picture).__name__}")
        array = np.asarray(picture)
        if array.dtype != np.uint8 or array.ndim != 3 or array.shape[2] != 3 or array.shape[0] in _LIKE_CHANNELS:
            raise ValueError(
                f"a picture in RGB, [height, width, 3] of 8 bits, is meant, not {array.dtype} {list(array.shape)}: "
                'use .convert("RGB")'
            )
        return Image.fromarray(array)


class AutoProcessor(AutoImageProcessor):
    """What transformers gives for a folder without a tokenizer; for a folder of sounds it gives none."""


class SoundExtractor:
    """Sounds to the numbers that a model takes."""

    FAMILY: ClassVar[str | None] = None
    """``Wav2Vec2`` for a class of that name; None: any."""
    model_input_names: ClassVar[list[str]] = ["input_values"]

    def __init__(self, steps: sounds.Waveform | sounds.FilterBank, *, masks: bool = False) -> None:
        """The steps that a folder names.

        :param masks: its network is told which samples are filled in.
        """
        self._steps, self._masks = steps, masks

    @property
    def sampling_rate(self) -> int:
        """Samples a second that the model was trained with."""
        return self._steps.rate

    @classmethod
    def from_pretrained(cls, pretrained_model_name_or_path: str | os.PathLike[str], **options: Any) -> Self:
        """What is done to sounds before the converted model that stands for a path or a hub name.

        :raises ModelFolderError: the folder is not for sounds, or names another extractor.
        """
        check_options(options, set())
        folder = folder_of(pretrained_model_name_or_path)
        manifest = manifests.read(folder)
        told = _told(manifest, folder, _SOUNDS)
        if cls.FAMILY not in (None, told):
            raise ModelFolderError(f"{folder} was saved with {told}FeatureExtractor, not with {cls.__name__}")
        masks = bool(manifest.config.get("return_attention_mask"))
        return cls(sounds.read(manifest.config["preprocessing"]), masks=masks)

    def __call__(
        self,
        raw_speech: Any,
        *,
        sampling_rate: int | None = None,
        padding: bool | str = False,
        max_length: int | None = None,
        truncation: bool = False,
        return_tensors: str | None = None,
    ) -> BatchFeature:
        """``input_values`` of a sound, or of a list of them: floats [samples] of one channel between -1 and 1.

        :param padding: fill shorter sounds up to the longest (True), or to `max_length` samples (``max_length``).
        :param truncation: cut sounds to `max_length` samples.
        :raises ValueError: another rate, no sound, or sounds that stay of different lengths.
        """
        if sampling_rate not in (None, self.sampling_rate):
            raise ValueError(f"the model was trained with {self.sampling_rate} samples a second, not {sampling_rate}")
        several = isinstance(raw_speech, list | tuple) and bool(raw_speech) and np.ndim(raw_speech[0]) > 0
        several = several or (isinstance(raw_speech, np.ndarray) and raw_speech.ndim > 1)
        given = [np.asarray(each) for each in (raw_speech if several else [raw_speech])]
        if isinstance(self._steps, sounds.Waveform):  # a filter bank has a length of its own
            if truncation:
                given = [each[: _needed(max_length)] for each in given]
            given = self._alike(given, padding, max_length)
        return BatchFeature({"input_values": _tensor(self._steps.arrays(given), return_tensors)})

    def _alike(self, given: list[NDArray[Any]], padding: bool | str, length: int | None) -> list[NDArray[Any]]:
        """Sounds filled up with silence as it is asked for."""
        if padding not in (True, False, "longest", "max_length", "do_not_pad"):
            raise ValueError(f"padding={padding!r} is no way to fill up sounds")
        if padding in (False, "do_not_pad"):
            return given
        longest = max(len(each) for each in given)
        wanted = max(_needed(length), longest) if padding == "max_length" else longest
        if self._masks and any(len(each) < wanted for each in given):
            raise ValueError("this model is told which samples are filled in, which a converted one is not")
        return [np.pad(each, (0, max(0, wanted - len(each)))) for each in given]


def _needed(max_length: int | None) -> int:
    if max_length is None:
        raise ValueError("cutting and filling up sounds needs a max_length")
    return max_length


_OLD = {
    **dict.fromkeys(("vit", "swin", "swinv2"), "ViT"),
    **dict.fromkeys(("resnet", "convnext", "regnet", "cvt", "van"), "ConvNext"),
    "deit": "DeiT",
    "clip": "CLIP",
    "mobilenet_v1": "MobileNetV1",
    "mobilenet_v2": "MobileNetV2",
}
"""What transformers takes for a picture's feature extractor where the folder names an image processor."""


class AutoFeatureExtractor(SoundExtractor):
    """For sounds; and for pictures, as it was before image processors had a name of their own."""

    @classmethod
    def from_pretrained(cls, pretrained_model_name_or_path: str | os.PathLike[str], **options: Any) -> Any:
        """What is done to a sound or a picture before the converted model that stands for a path or a hub name.

        :raises ModelFolderError: transformers would take another extractor than the folder names, or none.
        """
        folder = folder_of(pretrained_model_name_or_path)
        manifest = manifests.read(folder)
        if manifest.task in _SOUNDS:
            return SoundExtractor.from_pretrained(folder, **options)
        told, named = _told(manifest, folder, _PICTURES), str(manifest.config.get("preprocessor", ""))
        if not named.endswith("FeatureExtractor") and _OLD.get(str(manifest.config.get("model_type"))) != told:
            raise ModelFolderError(f"{folder} was saved with {named}, which no feature extractor stands for")
        return AutoImageProcessor.from_pretrained(folder, **options)


OF_FAMILIES: dict[str, type[AutoImageProcessor] | type[SoundExtractor]] = {
    **{
        f"{family}{kind}": type(
            f"{family}{kind}", (AutoImageProcessor,), {"FAMILY": family, "__doc__": AutoImageProcessor.__doc__}
        )
        for family in ("Bit", "CLIP", "ConvNext", "DeiT", "MobileNetV1", "MobileNetV2", "ViT")
        for kind in ("ImageProcessor", "ImageProcessorFast", "FeatureExtractor")
    },
    **{
        f"{family}FeatureExtractor": type(
            f"{family}FeatureExtractor", (SoundExtractor,), {"FAMILY": family, "__doc__": SoundExtractor.__doc__}
        )
        for family in ("AST", "Wav2Vec2")
    },
}
"""``ViTImageProcessor``, ``Wav2Vec2FeatureExtractor`` and the others: the same, for one family alone."""
