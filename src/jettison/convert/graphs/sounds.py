"""What a folder of an audio classifier says of sounds, for the manifest.

Read are the two feature extractors that audio classifiers have: the waveform itself (Wav2Vec2, HuBERT, WavLM) and
Kaldi's filter bank (AST). With another one the model is converted for raw tensors.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

EXTRACTORS = {"Wav2Vec2FeatureExtractor": "waveform", "ASTFeatureExtractor": "filter-bank"}


def preprocessing(facts: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, Any] | None:
    """Steps as `jettison_runtime.sounds.read` reads them; None when they are others.

    :param facts: preprocessor_config.json.
    :raises ValueError, TypeError: a setting that is no number.
    """
    kind = EXTRACTORS.get(str(facts.get("feature_extractor_type")))
    if kind is None or facts.get("feature_size", 1) != 1:
        return None
    steps = {"kind": kind, "rate": int(facts.get("sampling_rate", 16_000))}
    normalize = bool(facts.get("do_normalize", True))
    if kind == "waveform":
        shortest = _shortest(config.get("conv_kernel", ()), config.get("conv_stride", ()))
        return {**steps, "normalize": normalize, "shortest": shortest}
    return {
        **steps,
        "bins": int(facts.get("num_mel_bins", 128)),
        "frames": int(facts.get("max_length", 1024)),
        "normalize": normalize,
        "mean": float(facts.get("mean", -4.2677393)),
        "std": float(facts.get("std", 4.5689974)),
    }


def _shortest(kernels: Any, strides: Any) -> int:
    """Samples under which a stack of convolutions gives nothing."""
    needed = 1
    for kernel, stride in zip(reversed(kernels), reversed(strides), strict=True):
        needed = (needed - 1) * int(stride) + int(kernel)
    return needed
