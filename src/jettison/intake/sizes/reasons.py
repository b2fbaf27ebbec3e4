"""Why bytes are there, in words that a user understands, and what takes them away."""

from __future__ import annotations

from .pieces import Why

TRAINED = "TRAINED_MODEL_FOLDER"
"""How a remedy calls the model as it was trained where it is not the one that is looked at."""
ANY_GRAPH = "GRAPH.onnx"
"""How it calls each of several graphs."""
_ALWAYS_FLOATS = ("Attention", "LSTM", "GRU", "RNN")
"""Operators whose weights the forms of graphs leave in floats."""
_BITS = {"float32": 32, "float64": 64, "float16": 16, "bfloat16": 16}

STRUCTURE = Why(key="structure", what="the graph: nodes, names and shapes; of an archive or a header its directory")
SMALL = Why(key="small-floats", what="biases, norms and other small tensors in floats, which stay floats in any form")
OTHER_FLOATS = Why(
    key="other-floats", what="floats that no product and no large look-up reads: masks, positions, sums, small tables"
)
WHOLE_NUMBERS = Why(key="whole-numbers", what="whole numbers that the graph computes with: shapes, places, positions")
QUANTIZED = Why(key="quantized-weights", what="weights in 8 bits or fewer: what a quantized file is meant to hold")
SCALES = Why(key="scales", what="scales and zero points of what is quantized")
SPARSE = Why(key="sparse", what="sparse tensors: their numbers other than 0, and the place of each")
PADDING = Why(key="padding", what="zeros between tensors, so that each begins at a round place")
DOUBLES = Why(
    key="doubles",
    what="weights in 64-bit floats, of which training uses 32",
    saves=0.5,
    remedy="model.float() before it is saved or exported",
)
OPTIMIZER = Why(
    key="optimizer",
    what="the optimizer's own numbers, which only training reads (Adam keeps two a weight)",
    saves=1.0,
    remedy="save the weights alone: model.save_pretrained(FOLDER), or torch.save(model.state_dict(), FILE)",
)
TRAINING = Why(
    key="training-files",
    what="files of the training: optimizer and random states, its log, earlier checkpoints",
    saves=1.0,
    remedy="leave them out of what is deployed; nothing that answers reads them",
)
HISTORY = Why(
    key="history",
    what="version control and download caches, which hold the weights once more",
    saves=1.0,
    remedy="leave them out: a line in .dockerignore",
)
SETTINGS = Why(key="settings", what="tokenizer, configuration and texts")
OTHER_FILES = Why(key="other-files", what="other files")


LEFT_BEHIND = Why(
    key="left-behind",
    what="files of weights that no graph names any more: an earlier save was not removed",
    saves=1.0,
    remedy="remove them",
)


def left_behind(graph: str) -> Why:
    """Bytes between and behind the weights of a file that graphs use."""
    return Why(
        key="left-behind-within",
        what="bytes in a file of weights that no graph names any more: onnx.save appends to a file that is there",
        saves=1.0,
        remedy=f"jettison convert {graph} --form fp32, which writes what is used into a new file",
    )


def unread(graph: str) -> Why:
    """Initializers without a reader."""
    return Why(
        key="unread",
        what="tensors that nothing in the graph reads",
        saves=1.0,
        remedy=f"jettison convert {graph} --form fp32, which leaves them out",
    )


def documentation(graph: str) -> Why:
    """What exporters write for people."""
    return Why(
        key="documentation",
        what="doc strings and metadata, which nothing computes with (exporters write stack traces there)",
        saves=1.0,
        remedy=f"jettison convert {graph} --form fp32, which leaves them out",
    )


def floats(dtype: str, trained: str, *, product: str = "") -> Why:
    """Weights of a model that is not quantized.

    :param product: the operator that they are multiplied by; none of a table of embeddings.
    """
    bits, graph = _BITS[dtype], trained.endswith(".onnx")
    key, what = ("weights", "weights of products") if product else ("table", "tables of embeddings")
    if product in ("Conv", *_ALWAYS_FLOATS):
        key, what = product.lower(), f"weights of {product}"
    what = f"{what} in {bits}-bit floats"
    if graph and product in _ALWAYS_FLOATS:
        half = "; --form fp16 stores 16" if bits > 16 else ""
        return Why(key=f"{key}-{dtype}", what=f"{what}, which no form of a graph computes in 8 bits{half}")
    form = "--form int8-static --data samples.npz" if graph else "--form int8-channels"
    if graph and product != "Conv":  # which has no dynamic form
        form = f"--form int8-dynamic, or {form}"
    return Why(
        key=f"{key}-{dtype}",
        what=f"{what}: the model is not quantized",
        saves=1 - 8 / bits,
        remedy=f"jettison convert {trained} {form}",
    )


def checkpoint(dtype: str, trained: str) -> Why:
    """Weights of a trained model as its framework saved them."""
    bits = _BITS[dtype]
    return Why(
        key=f"trained-{dtype}",
        what=f"trained weights in {bits}-bit floats",
        saves=1 - 8 / bits,
        remedy=f"jettison convert {trained} --form int8-channels stores 8 bits; --form fp16 stores 16",
    )


def table(dtype: str, trained: str) -> Why:
    """A table of embeddings that a quantizer left as it was."""
    bits = _BITS[dtype]
    known = _folder(trained) != TRAINED
    first = f"jettison convert {trained} --form int8-channels" if known else _before("int8-dynamic")
    return Why(
        key="table-in-floats",
        what=f"a table of embeddings in {bits}-bit floats in a quantized file: look-ups (Gather) were not quantized",
        saves=1 - 8 / bits,
        remedy=f"{first}; or onnxruntime's quantize_dynamic(…, op_types_to_quantize=['MatMul', 'Gather'])",
    )


def table_again(dtype: str, trained: str) -> Why:
    """A tied table whose other half was quantized."""
    return Why(
        key="tied-table-twice",
        what=f"a table of embeddings in {_BITS[dtype]}-bit floats that is there once more in 8 bits: "
        "embedding and output layer are tied, and the quantizer took one of them",
        saves=1.0,
        remedy=f"jettison convert {_folder(trained)} --form int8-channels stores a tied table once, in 8 bits",
    )


def _before(form: str) -> str:
    return f"jettison convert ORIGINAL.onnx --form {form}, from the graph before it was quantized"


def _folder(trained: str) -> str:
    """A graph says no more which weights were tied: the model as it was trained does."""
    return TRAINED if trained.endswith(".onnx") else trained


def product(kind: str, dtype: str, *, some: bool) -> Why:
    """Weights that a quantizer left as they were."""
    bits = _BITS[dtype]
    why = (
        "others of their kind are quantized, so these layers were left out, to stay accurate or because their weights "
        "are no constants there"
        if some
        else "no operation of that kind was quantized (dynamic quantization leaves convolutions, for example)"
    )
    way = "int8-static --data samples.npz" if kind == "Conv" else "int8-dynamic"
    return Why(
        key=f"{kind.lower()}-in-floats",
        what=f"weights of {kind} in {bits}-bit floats in a quantized file: {why}",
        saves=1 - 8 / bits,
        remedy=_before(way),
    )


def tied(trained: str, *, turned: bool) -> Why:
    """The same weights twice in one file."""
    how = ", once with rows and columns exchanged, as exporters leave an output layer" if turned else ""
    return Why(
        key="tied-twice",
        what=f"tied weights that are stored twice in one file{how}",
        saves=1.0,
        remedy=f"jettison convert {_folder(trained)} stores the same weights once",
    )


def constant_twice(graph: str) -> Why:
    """The same constants twice in one graph: nothing that was trained."""
    return Why(
        key="constant-twice",
        what="constants that are stored twice in one file: exporters write one for each node that reads it",
        saves=1.0,
        remedy=f"jettison convert {graph} --form fp32, which stores the same numbers once",
    )


def second_decoder(first: str, second: str, trained: str) -> Why:
    """Two decoders where one would do."""
    return Why(
        key="second-decoder",
        what=f"the decoder's weights a second time: {second} repeats {first} for another kind of step",
        saves=1.0,
        remedy=f"jettison convert {_folder(trained)} writes one decoder for both steps",
    )


def in_both(first: str, second: str, trained: str) -> Why:
    """The same weights in two files: an encoder's and a decoder's are both needed, those of two variants are not."""
    together = any("coder" in name for name in (first, second))
    way = f"jettison convert {_folder(trained)} writes all graphs over one file of weights"
    return Why(
        key="in-two-files",
        what=f"weights of {second} that {first} holds, too",
        saves=1.0,
        remedy=way if together else "deploy the one that the service loads",
    )


def beside(graph: str, file: str) -> Why:
    """Trained weights and a graph that was made of them."""
    return Why(
        key="beside-a-graph",
        what=f"trained weights in {file} that the graph {graph} holds, too",
        saves=1.0,
        remedy="deploy the one that the service loads",
    )


def other_format(kept: str) -> Why:
    """The model once more, as another framework reads it."""
    return Why(
        key="other-format",
        what=f"the same model once more in another format; {kept} is read first",
        saves=1.0,
        remedy=f"remove all but {kept}, or name what is copied in the Dockerfile",
    )
