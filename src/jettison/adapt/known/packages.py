"""Distributions that stand on torch or transformers, by the name that is imported."""

from __future__ import annotations

from collections.abc import Mapping

REPLACED = ("torch", "transformers", "sentence_transformers")
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

HELPERS: Mapping[str, str] = {
    "accelerate": "accelerate",
    "huggingface-hub": "huggingface_hub",
    "protobuf": "google.protobuf",
    "safetensors": "safetensors",
    "sentencepiece": "sentencepiece",
    "tiktoken": "tiktoken",
    "tokenizers": "tokenizers",
    "torchaudio": "torchaudio",
    "torchvision": "torchvision",
}
"""Distributions that services list because transformers or torch wants them, with what importing them looks like."""
