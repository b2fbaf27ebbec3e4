"""torch: what can be dropped or replaced with the same meaning, given that everything runs on the CPU."""

from __future__ import annotations

from collections.abc import Mapping

PLAIN_CALLS: Mapping[str, object] = {
    "torch.cuda.is_available": False,
    "torch.cuda.device_count": 0,
    "torch.backends.cuda.is_built": False,
    "torch.backends.mps.is_available": False,
    "torch.backends.mps.is_built": False,
    "torch.xpu.is_available": False,
}
"""Calls that say whether there is a GPU, and what they say where there is none."""
PARTS = frozenset({"torch.backends.mps", "torch.backends.cudnn", "torch.cuda", "torch.mps", "torch.xpu"})
"""What every torch of the last years has: ``hasattr(torch.backends, "mps")`` is true, with or without such a GPU."""
DEVICE = "torch.device"
"""Becomes the string ``"cpu"``, which prints the same."""
FLOAT32 = frozenset({"torch.float32", "torch.float"})
"""Becomes the string ``"float32"``, which the facade accepts where transformers accepts the type."""
THREADS = "torch.set_num_threads"
"""Becomes the environment variable that the runtime reads when it loads a model."""
THREADS_VARIABLE = "JETTISON_THREADS"

AUTOCAST = frozenset({"torch.autocast", "torch.amp.autocast"})
"""The same when it is told to be off, or is of a GPU. On the CPU it computes in other number formats."""
SCOPES = frozenset({"torch.no_grad", "torch.inference_mode", "torch.set_grad_enabled", "torch.cuda.amp.autocast"})
"""As ``with`` or as a decorator: nothing is left of them where no gradient exists and no GPU computes."""
SEEDS = frozenset({"torch.manual_seed", "torch.cuda.manual_seed", "torch.cuda.manual_seed_all"})
"""Nothing is lost with them unless tokens are sampled."""
STATEMENTS = SEEDS | frozenset(
    {
        "torch.set_num_interop_threads",
        "torch.set_grad_enabled",
        "torch.use_deterministic_algorithms",
        "torch.cuda.empty_cache",
        "torch.cuda.reset_peak_memory_stats",
        "torch.cuda.ipc_collect",
    }
)
"""Calls that change no answer here: no GPU is there."""
SETTINGS = ("torch.backends.cudnn.", "torch.backends.cuda.")
"""Attributes that only a GPU reads; assigning them is dropped."""
SAME = frozenset({"torch.compile"})
"""Functions that give back a model which answers the same."""

_PRECISION = "other number formats give other numbers"
_TOGETHER = "pictures and texts in one model are not followed"
_BY_HAND = "layers of torch are not followed"
REASONS: Mapping[str, str] = {
    "torch.float16": _PRECISION,
    "torch.half": _PRECISION,
    "torch.bfloat16": _PRECISION,
    "torch.float64": _PRECISION,
    "torch.quantization": "a model quantized by torch gives other numbers",
    "torch.ao": "a model quantized by torch gives other numbers",
    "torch.jit": "a model compiled by torch stays torch's",
    "torch.load": "weights loaded by hand are not followed",
    "torch.autocast": "mixed precision gives other numbers",
    "torch.nn": _BY_HAND,
    "transformers.CLIPModel": _TOGETHER,
    "transformers.CLIPProcessor": _TOGETHER,
    "torch.__version__": "there is no torch whose version could be told",
    "transformers.__version__": "there is no transformers whose version could be told",
}
"""Why not, where more can be said than that it is not known."""
