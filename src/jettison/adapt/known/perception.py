"""Pictures and sounds: what prepares them, the classes that load their models, and what calling these gives."""

from __future__ import annotations

from collections.abc import Mapping

from .signatures import ANY, Allowed, Only, Signature
from .sorts import Sort

_OF_PICTURES: Mapping[str, str] = {
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
_OF_SOUNDS: Mapping[str, str] = {
    "ASTForAudioClassification": "audio_spectrogram_transformer",
    "HubertForSequenceClassification": "hubert",
    "Wav2Vec2ForSequenceClassification": "wav2vec2",
    "WavLMForSequenceClassification": "wavlm",
}
MODULES = tuple(dict.fromkeys((*_OF_PICTURES.values(), *_OF_SOUNDS.values(), "clip")))
"""Of the families, in ``transformers.models``."""
_PROCESSORS = ("Bit", "CLIP", "ConvNext", "DeiT", "MobileNetV1", "MobileNetV2", "ViT")
FAST = frozenset(f"{family}ImageProcessorFast" for family in _PROCESSORS)
"""With torchvision: they round the pixels of a picture of another size otherwise."""
CLASSES: Mapping[str, Sort] = {
    **dict.fromkeys(("AutoImageProcessor", "AutoProcessor"), "image_processor"),
    **{
        f"{family}{kind}": "image_processor"
        for family in _PROCESSORS
        for kind in ("ImageProcessor", "ImageProcessorFast", "FeatureExtractor")
    },
    **dict.fromkeys(("AutoFeatureExtractor", "ASTFeatureExtractor", "Wav2Vec2FeatureExtractor"), "feature_extractor"),
    "BatchFeature": "features",
    "AutoModelForImageClassification": "image_classifier",
    **{f"{family}ForImageClassification": "image_classifier" for family in _OF_PICTURES},
    **{f"{family}Model": "image_encoder" for family in _OF_PICTURES},
    "CLIPVisionModel": "image_encoder",
    "CLIPVisionModelWithProjection": "image_projector",
    "AutoModelForAudioClassification": "sound_classifier",
    **dict.fromkeys(_OF_SOUNDS, "sound_classifier"),
}
OUTPUTS: Mapping[Sort, Sort] = {
    "image_classifier": "classified",
    "image_encoder": "image_states",
    "image_projector": "projected",
    "sound_classifier": "classified",
}
"""What calling each gives."""
FIELDS: Mapping[Sort, Mapping[str, int | None]] = {
    # Networks of convolutions keep height and width.
    "image_states": {"last_hidden_state": None, "pooler_output": None},
    "projected": {"image_embeds": 2, "last_hidden_state": 3},
}
HELD: Mapping[str, int | None] = {"pixel_values": 4, "input_values": None}
"""What is made of pictures and of sounds, and the dimensions of its tensors."""

_MODEL: Mapping[str, Allowed] = {
    "return_dict": Only(values=(None, True)),
    "output_attentions": Only(values=(None, False)),
    "output_hidden_states": Only(values=(None, False)),
}
_SEEING = Signature(
    positional=("pixel_values",), options={**_MODEL, "interpolate_pos_encoding": Only(values=(None, False))}
)
_HEARING = Signature(positional=("input_values",), options=_MODEL)
_TENSORS = Only(values=("pt", "np"))
_PICTURES = Signature(positional=("images",), options={"return_tensors": _TENSORS})
METHODS: Mapping[Sort, dict[str, Signature]] = {
    "image_processor": {"__call__": _PICTURES, "preprocess": _PICTURES},
    "feature_extractor": {
        "__call__": Signature(
            positional=("raw_speech",),
            options={
                "sampling_rate": ANY,
                "padding": ANY,
                "max_length": ANY,
                "truncation": ANY,
                "return_tensors": _TENSORS,
            },
            dropped={"return_attention_mask": Only(values=(False,))},
        )
    },
    **{
        sort: {
            "train": Signature(positional=("mode",)),
            "__call__": _HEARING if sort == "sound_classifier" else _SEEING,
        }
        for sort in OUTPUTS
    },
}
ATTRIBUTES: Mapping[Sort, Mapping[str, Sort | None]] = {
    "image_processor": {"model_input_names": None},
    "feature_extractor": {"model_input_names": None, "sampling_rate": None},
    **{sort: {"config": "config", "device": "device", "training": None} for sort in OUTPUTS},
}
PREPARING: frozenset[Sort] = frozenset({"image_processor", "feature_extractor"})
"""What makes features of pictures or sounds."""
