"""Files of models: which they are, of what format, and whether they are of use when a model only answers."""

from __future__ import annotations

import posixpath
import re

LEAST_BYTES = 1_000_000
"""Below that a file weighs too little to be worth a word."""

_FORMATS = (
    ("safetensors", re.compile(r".*\.safetensors(\.index\.json)?")),
    ("pytorch", re.compile(r"(pytorch_model|model|adapter_model|consolidated)[\w.-]*\.(bin|pt|pth)(\.index\.json)?")),
    ("tensorflow", re.compile(r"tf_model[\w.-]*\.h5(\.index\.json)?")),
    ("flax", re.compile(r"flax_model[\w.-]*\.msgpack(\.index\.json)?")),
    ("rust", re.compile(r"rust_model\.ot")),
    ("onnx", re.compile(r".*\.onnx([._]data)?")),
    ("openvino", re.compile(r"openvino_[\w.-]*\.(bin|xml)")),
    ("coreml", re.compile(r".*\.(mlmodel|mlpackage)|weight\.bin")),
    ("gguf", re.compile(r".*\.gguf")),
)
_WEIGHTS = re.compile(
    r".*\.(safetensors|onnx|onnx[._]data|pt|pth|ckpt|h5|hdf5|keras|pb|tflite|gguf|ggml|msgpack|ot|caffemodel|pdparams|"
    r"pdiparams|joblib|pkl|npz|mlmodel|engine|torchscript)|(pytorch_model|consolidated|weight|openvino)[\w.-]*\.bin"
)
_TRAINING = re.compile(
    r"(optimizer|scheduler|scaler|optim_states?)([._-][\w.-]*)?\.(pt|pth|bin|npz|pkl|safetensors)|rng_state[\w.-]*\.pth|"
    r"training_args\.bin|trainer_state\.json|[\w.-]*optim_states\.pt|events\.out\.tfevents\..*"
)
_CHECKPOINT = re.compile(r"(checkpoint|ckpt|epoch|step|global_step)[-_=]?\d+")
_QUANTIZED = re.compile(
    r"[._-](int8|uint8|q8|q4|q4f16|int4|quant|quantized|quantised|dynamic|static|qint8[\w]*|bnb4)(?=[._-]|$)"
)


def is_weights(path: str) -> bool:
    """A file with a model's weights, by its name."""
    return bool(_WEIGHTS.fullmatch(posixpath.basename(path).lower())) and not is_training(path)


def is_training(path: str) -> bool:
    """A file that only a training that goes on needs: optimizer, scheduler, scaler, random state, curves."""
    return bool(_TRAINING.fullmatch(posixpath.basename(path)))


def is_checkpoint(folder: str) -> bool:
    """A folder that a training wrote on its way: ``checkpoint-500``."""
    return bool(_CHECKPOINT.fullmatch(posixpath.basename(folder).lower()))


def format_of(path: str) -> str:
    """The format of transformers' names for a model's files; empty for any other file."""
    name = posixpath.basename(path)
    if "/openvino/" in f"/{path}" and name.endswith((".bin", ".xml")):
        return "openvino"
    return next((label for label, pattern in _FORMATS if pattern.fullmatch(name)), "")


def unquantized(path: str) -> str:
    """The name that the file of a quantized model has without what says so: ``model_int8.onnx`` → ``model.onnx``.

    Empty when its name says nothing of the kind.
    """
    folder, name = posixpath.split(path)
    stem, ending = posixpath.splitext(name)
    bare = _QUANTIZED.sub("", stem.lower())
    return (
        posixpath.join(folder, stem[: len(bare)] + ending)
        if bare != stem.lower() and stem.lower().startswith(bare)
        else ""
    )
