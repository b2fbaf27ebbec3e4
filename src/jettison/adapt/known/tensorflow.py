"""TensorFlow and Keras: what ``jettison_runtime.tensorflow`` has of them. A test holds this to its real signatures."""

from __future__ import annotations

from collections.abc import Mapping

from .signatures import ANY, Allowed, Only, Signature
from .sorts import Sort

PACKAGES = ("tensorflow", "keras", "tf_keras")
FACADE = "jettison_runtime.tensorflow"
_PLACES = (
    ("tensorflow.python.platform", "compat.v1"),
    ("tensorflow.python.keras", "keras"),
    ("tensorflow", ""),
    ("tf_keras", "keras"),
    ("keras", "keras"),
)
"""Beginnings of paths, and where the facade has what lies behind them; the longest first."""

APPLICATIONS = (
    *("densenet", "efficientnet", "inception_v3", "mobilenet", "mobilenet_v2"),
    *("resnet", "resnet50", "resnet_v2", "vgg16", "vgg19", "xception"),
)
"""Published networks of Keras whose pictures the facade prepares."""
_OF_PICTURES = ("keras.preprocessing.image", "keras.utils")
_BOTH: Mapping[str, Signature] = {
    "Graph": Signature(),
    "import_graph_def": Signature(
        positional=("graph_def",),
        options={"name": ANY, "return_elements": ANY, "input_map": Only(values=(None,))},
    ),
    "graph_util.import_graph_def": Signature(
        positional=("graph_def",),
        options={"name": ANY, "return_elements": ANY, "input_map": Only(values=(None,))},
    ),
    "io.gfile.GFile": Signature(positional=("name", "mode")),
    "io.gfile.exists": Signature(positional=("path",)),
    "config.list_physical_devices": Signature(positional=("device_type",)),
    "config.set_visible_devices": Signature(positional=("devices", "device_type")),
    "config.experimental.list_physical_devices": Signature(positional=("device_type",)),
    "config.experimental.set_visible_devices": Signature(positional=("devices", "device_type")),
    "config.experimental.set_memory_growth": Signature(positional=("device", "enable")),
    "config.threading.set_intra_op_parallelism_threads": Signature(positional=("num_threads",)),
    "config.threading.set_inter_op_parallelism_threads": Signature(positional=("num_threads",)),
    "keras.backend.clear_session": Signature(),
    "keras.models.load_model": Signature(
        positional=("filepath", "custom_objects", "compile"), options={"safe_mode": ANY}
    ),
    **{f"{module}.img_to_array": Signature(positional=("img",)) for module in _OF_PICTURES},
    **{
        f"{module}.load_img": Signature(
            positional=("path",), options=dict.fromkeys(("color_mode", "target_size", "interpolation"), ANY)
        )
        for module in _OF_PICTURES
    },
    **{f"keras.applications.{name}.preprocess_input": Signature(positional=("x",)) for name in APPLICATIONS},
}
"""Functions of TensorFlow 2, and of ``compat.v1``, with the same meaning."""
_OLD: Mapping[str, Signature] = {
    "GraphDef": Signature(),
    "GraphDef.FromString": Signature(positional=("serialized",)),
    "Session": Signature(options={"graph": ANY, "config": ANY}),
    "ConfigProto": Signature(
        options=dict.fromkeys(
            (
                *("allow_soft_placement", "device_count", "gpu_options", "inter_op_parallelism_threads"),
                *("intra_op_parallelism_threads", "log_device_placement"),
            ),
            ANY,
        )
    ),
    "GPUOptions": Signature(
        options=dict.fromkeys(("allow_growth", "per_process_gpu_memory_fraction", "visible_device_list"), ANY)
    ),
    "get_default_graph": Signature(),
    "reset_default_graph": Signature(),
    "disable_eager_execution": Signature(),
    "disable_v2_behavior": Signature(),
    "gfile.GFile": Signature(positional=("name", "mode")),
    "gfile.FastGFile": Signature(positional=("name", "mode")),
    "gfile.exists": Signature(positional=("path",)),
    "logging.set_verbosity": Signature(positional=("v",)),
}
_NEW: Mapping[str, Signature] = {
    "argmax": Signature(positional=("input", "axis")),
    "cast": Signature(positional=("x", "dtype")),
    "constant": Signature(positional=("value", "dtype")),
    "convert_to_tensor": Signature(positional=("value", "dtype")),
    "device": Signature(positional=("device_name",)),
    "expand_dims": Signature(positional=("input", "axis")),
    "get_logger": Signature(),
    "nn.sigmoid": Signature(positional=("x",)),
    "nn.softmax": Signature(positional=("logits", "axis")),
    "random.set_seed": Signature(positional=("seed",)),
    "reduce_max": Signature(positional=("input_tensor", "axis")),
    "saved_model.load": Signature(positional=("export_dir", "tags")),
    "squeeze": Signature(positional=("input", "axis")),
}
FUNCTIONS: Mapping[str, Signature] = {
    **_BOTH,
    **_NEW,
    **{f"compat.v1.{name}": each for name, each in (*_BOTH.items(), *_OLD.items())},
}
"""By their paths in the facade."""
LEVELS = frozenset(f"compat.v1.logging.{name}" for name in ("DEBUG", "INFO", "WARN", "WARNING", "ERROR", "FATAL"))
"""Plain numbers."""
DTYPES = frozenset({"float32", "float64", "int32", "int64", "uint8", "bool"})
_GIVES: Mapping[str, Sort] = {
    "Graph": "graph",
    "GraphDef": "graph_def",
    "GraphDef.FromString": "graph_def",
    "Session": "session",
    "get_default_graph": "graph",
    "keras.models.load_model": "keras_model",
    "saved_model.load": "saved_model",
    **dict.fromkeys(("argmax", "cast", "constant", "convert_to_tensor", "expand_dims", "reduce_max"), "eager"),
    **dict.fromkeys(("nn.sigmoid", "nn.softmax", "squeeze"), "eager"),
}
LOADS = frozenset({"keras.models.load_model", "saved_model.load"})

MODULES = frozenset(
    {
        *("", "compat", "compat.v1", "config", "graph_util", "io", "io.gfile", "nn", "random", "saved_model"),
        *("compat.v1.config", "compat.v1.gfile", "compat.v1.graph_util", "compat.v1.io", "compat.v1.logging"),
        *("compat.v1.keras", "keras.applications", *(f"keras.applications.{name}" for name in APPLICATIONS)),
        *("keras", "keras.backend", "keras.models", "keras.preprocessing", "keras.preprocessing.image", "keras.utils"),
    }
)
"""Modules of the facade, and what stands in one as a module does; "" is itself."""

METHODS: dict[Sort, dict[str, Signature]] = {
    "graph_def": {"ParseFromString": Signature(positional=("serialized",))},
    "graph": {
        "as_default": Signature(),
        "get_tensor_by_name": Signature(positional=("name",)),
        "get_operation_by_name": Signature(positional=("name",)),
    },
    "session": {
        "run": Signature(positional=("fetches", "feed_dict")),
        "close": Signature(),
        "as_default": Signature(),
    },
    "keras_model": {
        "predict": Signature(positional=("x", "batch_size", "verbose"), options={"steps": Only(values=(None,))}),
        "predict_on_batch": Signature(positional=("x",)),
        "summary": Signature(),
        "compile": Signature(positional=("optimizer", "loss", "metrics")),
        "make_predict_function": Signature(),
        "__call__": Signature(positional=("inputs",), options={"training": Only(values=(False, None))}),
    },
    "eager": {"numpy": Signature()},
}
RESULTS: Mapping[tuple[Sort, str], Sort] = {
    ("graph", "as_default"): "graph",
    ("graph", "get_tensor_by_name"): "graph_tensor",
    ("graph", "get_operation_by_name"): "graph_operation",
    ("session", "as_default"): "session",
    ("keras_model", "__call__"): "eager",
}
"""What methods give that is no plain data."""
ATTRIBUTES: Mapping[Sort, Mapping[str, Sort | None]] = {
    "graph_tensor": {"name": None},
    "graph_operation": {"name": None},
    "session": {"graph": "graph"},
    "saved_model": {"signatures": "signatures"},
    "signature": {"structured_outputs": None, "structured_input_signature": None},
    "keras_model": {"input_shape": None, "output_shape": None},
    "eager": {"shape": None},
}
WRITABLE: Mapping[Sort, Mapping[str, Allowed]] = {"keras_model": {"trainable": Only(values=(False,))}}
SIGNATURE = "serving_default"
TAKES: Mapping[str, Sort] = {
    "graph": "graph",
    "graph_def": "graph_def",
    "fetches": "graph_tensor",
    "dtype": "tf_dtype",
    **dict.fromkeys(("x", "inputs", "input", "input_tensor", "logits", "value"), "eager"),
}
"""Which parameters take what TensorFlow made."""
REASONS: Mapping[str, str] = {
    "hub": "models that are fetched when the service starts are not followed",
    "image": "pictures are prepared with numpy and Pillow in an adapted service",
    "keras.applications": "networks that Keras fetches are not followed: save them to a file",
    "keras.layers": "networks built in the code are not followed: save them to a file",
    "keras.models.Sequential": "networks built in the code are not followed: save them to a file",
    "lite": "TensorFlow Lite's files are not followed",
    "function": "a function that TensorFlow compiles is not followed",
    "__version__": "there is no TensorFlow whose version could be told",
}
"""Why not, where more can be said than that it is not known."""


def place(path: str) -> str:
    """Where the facade would have something: ``compat.v1.Session`` for ``tensorflow.compat.v1.Session``."""
    for start, kept in _PLACES:
        if path == start or path.startswith(f"{start}."):
            rest = path.removeprefix(start).removeprefix(".")
            return f"{kept}.{rest}" if kept and rest else kept or rest
    return path


def gives(path: str) -> Sort | None:
    """What calling a function of `FUNCTIONS` gives; None: plain data."""
    return _GIVES.get(path.removeprefix("compat.v1."))
