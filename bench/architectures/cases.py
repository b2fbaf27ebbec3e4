"""Which architectures: a config.json each in a geometry of its published models, and what it is asked."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

_LABELS = {"id2label": {"0": "a", "1": "b", "2": "c"}, "label2id": {"a": 0, "b": 1, "c": 2}}
_ENDS = {"id2label": {"0": "start", "1": "end"}, "label2id": {"start": 0, "end": 1}}
"""Of a span that answers a question."""
_BASE = {"hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12, "intermediate_size": 3072}
_MINI = {"hidden_size": 384, "num_hidden_layers": 6, "num_attention_heads": 12, "intermediate_size": 1536}
_TOKENS, _SIDE = 64, 224
_PROCESSORS = {"dinov2": "BitImageProcessor", "clip_vision_model": "CLIPImageProcessor"}
_T5_SMALL = {
    **{"d_model": 512, "d_kv": 64, "num_layers": 6, "num_heads": 8, "vocab_size": 32128},
    **{"decoder_start_token_id": 0, "eos_token_id": 1, "pad_token_id": 0},
}


@dataclass(frozen=True, kw_only=True)
class Case:
    """One architecture."""

    name: str
    config: dict[str, Any]
    kind: str
    """``encoder``, ``seq2seq`` or ``graph``."""
    shape: tuple[int, ...] = ()
    """Of one picture or sound, for a graph."""
    processor: Mapping[str, Any] = field(default_factory=dict)
    """preprocessor_config.json; empty: there is none."""

    @property
    def question(self) -> dict[str, Any]:
        """As `asking` reads it."""
        if self.kind == "graph":
            return {"kind": self.kind, "shape": self.shape}
        found = {"kind": self.kind, "length": _TOKENS, "vocabulary": self.config["vocab_size"]}
        return {**found, "new": 32} if self.kind == "seq2seq" else found


def _case(kind: str, name: str, model_type: str, cls: str, **config: Any) -> Case:
    return Case(name=name, kind=kind, config={"model_type": model_type, "architectures": [cls], **config})


def cases() -> Iterator[Case]:
    """All of them: what is ours to convert, and what is not, which must be refused with a reason.

    One of each kind in turn, so that a run without much time has seen every kind.
    """
    kinds = (_encoders(), _readers_and_writers(), _images(), _images_of_timm(), _embeddings(), _sounds())
    for turn in itertools.zip_longest(*kinds):
        yield from (case for case in turn if case is not None)


def _encoders() -> Iterator[Case]:
    text = "encoder"
    yield _case(
        text, "BERT-base, sequence classification", "bert", "BertForSequenceClassification", **_BASE, **_words()
    )
    yield _case(text, "BERT-base, token classification", "bert", "BertForTokenClassification", **_BASE, **_words())
    yield _case(text, "BERT-base, question answering", "bert", "BertForQuestionAnswering", **_BASE, **_words(_ENDS))
    yield _case(text, "BERT-base, masked words", "bert", "BertForMaskedLM", **_BASE, **_words())
    yield _case(text, "MiniLM-L6, embeddings", "bert", "BertModel", **_MINI, **_words())
    yield _case(
        text, "MiniLM-L6, cross-encoder", "bert", "BertForSequenceClassification", **_MINI, **_words(), num_labels=1
    )
    yield _case(
        text,
        "BERT-tiny, sequence classification",
        "bert",
        "BertForSequenceClassification",
        **{"hidden_size": 128, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 512},
        **_words(),
    )
    roberta = {**_BASE, "max_position_embeddings": 514, "type_vocab_size": 1, "layer_norm_eps": 1e-5}
    special = {"bos_token_id": 0, "eos_token_id": 2, "pad_token_id": 1}
    for name, model_type, cls, size in (
        ("RoBERTa-base, sequence classification", "roberta", "RobertaForSequenceClassification", 50265),
        ("RoBERTa-base, masked words", "roberta", "RobertaForMaskedLM", 50265),
        ("XLM-RoBERTa-base, token classification", "xlm-roberta", "XLMRobertaForTokenClassification", 64000),
        ("CamemBERT-base, sequence classification", "camembert", "CamembertForSequenceClassification", 32005),
    ):
        yield _case(text, name, model_type, cls, **roberta, **special, **_LABELS, vocab_size=size)
    distilled = {"dim": 768, "n_layers": 6, "n_heads": 12, "hidden_dim": 3072}
    for name, cls, labels in (
        ("DistilBERT, sequence classification", "DistilBertForSequenceClassification", _LABELS),
        ("DistilBERT, question answering", "DistilBertForQuestionAnswering", _ENDS),
    ):
        yield _case(text, name, "distilbert", cls, **distilled, **_words(labels))
    electra = {"hidden_size": 256, "num_hidden_layers": 12, "num_attention_heads": 4, "intermediate_size": 1024}
    yield _case(
        text,
        "ELECTRA-small, sequence classification",
        "electra",
        "ElectraForSequenceClassification",
        **electra,
        embedding_size=128,
        **_words(),
    )
    yield _case(
        text,
        "ELECTRA-base, token classification",
        "electra",
        "ElectraForTokenClassification",
        **_BASE,
        embedding_size=768,
        **_words(),
    )
    albert = {**_BASE, "embedding_size": 128, "hidden_act": "gelu_new", **_words(), "vocab_size": 30000}
    for name, cls in (
        ("ALBERT-base, sequence classification", "AlbertForSequenceClassification"),
        ("ALBERT-base, embeddings", "AlbertModel"),
    ):
        yield _case(text, name, "albert", cls, **albert)
    yield _case(
        text,
        "DeBERTa-v2, sequence classification",
        "deberta-v2",
        "DebertaV2ForSequenceClassification",
        **_MINI,
        **_words(),
    )


def _readers_and_writers() -> Iterator[Case]:
    seq2seq = "seq2seq"
    cls = "T5ForConditionalGeneration"
    yield _case(seq2seq, "T5-small", "t5", cls, **_T5_SMALL, d_ff=2048)
    gated = {**_T5_SMALL, "num_layers": 8, "num_heads": 6, "d_ff": 1024, "feed_forward_proj": "gated-gelu"}
    yield _case(seq2seq, "Flan-T5-small", "t5", cls, **gated, tie_word_embeddings=False)
    bytes_ = {**_T5_SMALL, "vocab_size": 384, "d_ff": 1024, "feed_forward_proj": "gated-gelu"}
    yield _case(seq2seq, "ByT5 at T5-small's depth", "t5", cls, **bytes_, tie_word_embeddings=False)
    bart = {
        **{"d_model": 512, "encoder_layers": 6, "decoder_layers": 6, "vocab_size": 50265},
        **{"encoder_attention_heads": 8, "decoder_attention_heads": 8, "decoder_start_token_id": 2},
    }
    yield _case(seq2seq, "BART", "bart", "BartForConditionalGeneration", **bart)
    yield _case(seq2seq, "Marian", "marian", "MarianMTModel", **{**bart, "pad_token_id": 50264})


def _picture(name: str, model_type: str, cls: str, **config: Any) -> Case:
    steps = {
        "image_processor_type": _PROCESSORS.get(model_type, "ViTImageProcessor"),
        "size": {"height": _SIDE, "width": _SIDE},
        "crop_size": {"height": _SIDE, "width": _SIDE},
        "image_mean": [0.5] * 3,
        "image_std": [0.5] * 3,
    }
    config |= {"model_type": model_type, "architectures": [cls]}
    return Case(name=name, kind="graph", config=config, shape=(3, _SIDE, _SIDE), processor=steps)


def _images() -> Iterator[Case]:
    labels = {"num_labels": 1000}
    yield _picture("ResNet-18", "resnet", "ResNetForImageClassification", **_resnet("basic", [2, 2, 2, 2]))
    yield _picture("ResNet-50", "resnet", "ResNetForImageClassification", **_resnet("bottleneck", [3, 4, 6, 3]))
    vit = {"hidden_size": 192, "num_hidden_layers": 12, "num_attention_heads": 3, "intermediate_size": 768}
    yield _picture("ViT-tiny", "vit", "ViTForImageClassification", **vit, **labels)
    yield _picture("DeiT-tiny", "deit", "DeiTForImageClassification", **vit, **labels)
    yield _picture("ConvNeXt-tiny", "convnext", "ConvNextForImageClassification", **labels)
    yield _picture("MobileNet-v2", "mobilenet_v2", "MobileNetV2ForImageClassification", **labels)
    yield _picture("MobileViT-small", "mobilevit", "MobileViTForImageClassification", **labels)
    yield _picture("EfficientNet-B0", "efficientnet", "EfficientNetForImageClassification", **_efficientnet())
    yield _picture("RegNet", "regnet", "RegNetForImageClassification", **labels)
    yield _picture("Swin-tiny", "swin", "SwinForImageClassification", **labels)


def _images_of_timm() -> Iterator[Case]:
    for name in ("mobilenetv3_large_100", "efficientnet_lite0", "resnet18d", "vit_tiny_patch16_224", "fastvit_t8"):
        side = 256 if name == "fastvit_t8" else _SIDE
        config = {"architecture": name, "num_classes": 1000}
        yield Case(name=f"timm {name}", kind="graph", config=config, shape=(3, side, side))


def _embeddings() -> Iterator[Case]:
    small = {"hidden_size": 384, "num_attention_heads": 6}
    yield _picture("DINOv2-small, embeddings", "dinov2", "Dinov2Model", **small, num_hidden_layers=12)
    clip = {"hidden_size": 768, "patch_size": 32, "projection_dim": 512}
    yield _picture("CLIP ViT-B-32, embeddings", "clip_vision_model", "CLIPVisionModelWithProjection", **clip)


def _sounds() -> Iterator[Case]:
    waveform = {"feature_extractor_type": "Wav2Vec2FeatureExtractor", "sampling_rate": 16_000}
    for name, model_type, cls in (
        ("Wav2Vec2-base, sounds", "wav2vec2", "Wav2Vec2ForSequenceClassification"),
        ("HuBERT-base, sounds", "hubert", "HubertForSequenceClassification"),
        ("WavLM-base, sounds", "wavlm", "WavLMForSequenceClassification"),
    ):
        config = {"model_type": model_type, "architectures": [cls], **_LABELS}
        yield Case(name=name, kind="graph", config=config, shape=(32_000,), processor=waveform)
    bank = {"feature_extractor_type": "ASTFeatureExtractor", "num_mel_bins": 128, "max_length": 1024}
    config = {"model_type": "audio-spectrogram-transformer", "architectures": ["ASTForAudioClassification"], **_LABELS}
    yield Case(name="AST, sounds", kind="graph", config=config, shape=(1024, 128), processor=bank)


def _words(labels: Mapping[str, Any] = _LABELS) -> dict[str, Any]:
    return {"vocab_size": 30522, **labels}


def _resnet(layer: str, depths: list[int]) -> dict[str, Any]:
    widths = [64, 128, 256, 512] if layer == "basic" else [256, 512, 1024, 2048]
    return {"layer_type": layer, "depths": depths, "hidden_sizes": widths, "num_labels": 1000}


def _efficientnet() -> dict[str, Any]:
    return {
        "width_coefficient": 1.0,
        "depth_coefficient": 1.0,
        "hidden_dim": 1280,
        "image_size": 224,
        "num_labels": 1000,
    }
