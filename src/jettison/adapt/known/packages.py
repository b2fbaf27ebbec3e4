"""Distributions that stand on torch or transformers, by the name that is imported."""

from __future__ import annotations

from collections.abc import Mapping

_TENSORFLOW = ("tensorflow", "keras", "tf_keras")
REPLACED = ("torch", "transformers", "sentence_transformers", *_TENSORFLOW)
"""What an adapted app does without, by the names that are imported."""

NEED_TORCH = frozenset(
    {
        "accelerate",
        "allennlp",
        "bertopic",
        "bitsandbytes",
        "ctransformers",
        "datasets",
        "deepspeed",
        "diffusers",
        "easyocr",
        "evaluate",
        "fairseq",
        "fastT5",
        "fastai",
        "flair",
        "happytransformer",
        "intel_extension_for_pytorch",
        "keybert",
        "langchain_huggingface",
        "lightning",
        "llama_index",
        "optimum",
        "parler_tts",
        "peft",
        "pytorch_lightning",
        "simplet5",
        "simpletransformers",
        "spacy_transformers",
        "stanza",
        "timm",
        "torch_geometric",
        "torchaudio",
        "torchmetrics",
        "torchtext",
        "torchvision",
        "trl",
        "unsloth",
        "vllm",
        "whisper",
        "xformers",
    }
)
"""Packages that need torch or transformers, or that hand their objects on."""
NEED_TORCH_MODULES = ("safetensors.torch", "huggingface_hub.inference")
"""The same for single modules of packages that do not."""

NEED_TENSORFLOW = frozenset(
    {
        "deepface",
        "keras_cv",
        "keras_hub",
        "keras_nlp",
        "mtcnn",
        "retinaface",
        "tensorflow_addons",
        "tensorflow_datasets",
        "tensorflow_hub",
        "tensorflow_io",
        "tensorflow_probability",
        "tensorflow_text",
    }
)
"""The same for TensorFlow."""

FAMILIES: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("torch", "transformers", "sentence_transformers"), ("torch", "transformers", "sentence-transformers")),
    (
        _TENSORFLOW,
        (
            "tensorflow",
            "tensorflow-cpu",
            "tensorflow-gpu",
            "tensorflow-intel",
            "tensorflow-aarch64",
            "keras",
            "tf-keras",
        ),
    ),
)
"""What is imported, and the distributions that go together once one of these is no longer imported."""

HELPERS: Mapping[str, str] = {
    "accelerate": "accelerate",
    "h5py": "h5py",
    "huggingface-hub": "huggingface_hub",
    "protobuf": "google.protobuf",
    "safetensors": "safetensors",
    "sentencepiece": "sentencepiece",
    "tiktoken": "tiktoken",
    "tokenizers": "tokenizers",
    "torchaudio": "torchaudio",
    "torchvision": "torchvision",
}
"""Distributions that services list because transformers, torch or TensorFlow wants them, and how they are imported."""
