"""Calls of what the facade has, and what they give."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from jettison.adapt.known import facade as known
from jettison.adapt.known import perception, pipelines, tensorflow
from jettison.adapt.known.loading import FROM_PRETRAINED
from jettison.adapt.known.sorts import LOADED, MODELS, Sort

from . import (
    boxes,
    calls,
    encoder_calls,
    expressions,
    facade_arguments,
    sentence_calls,
    tensor_calls,
    tensorflow_calls,
    torch_calls,
)
from .frame import Frame
from .harmless import harmless
from .kinds import (
    NOTHING,
    PLAIN,
    Array,
    Box,
    Const,
    Facade,
    Kind,
    Method,
    Plain,
    Value,
    constants,
    facade,
    literal,
    one,
    present,
    spoken,
)
from .memory import union

_PLACES = (Facade("device"), Facade("float32"), Facade("dtype"))
_ROUNDED = "the pixels of a picture that is resized may be rounded otherwise than by torchvision"
_DEPTHS: Mapping[Sort, int | None] = {"encoding": 2, "features": None}
_PAIRS = {sort: Box(f"pair of {sort}") for sort in _DEPTHS}
_VALUES = {sort: Box(f"values of {sort}") for sort in _DEPTHS}


def remember(frame: Frame) -> None:
    """Put into memory what going through a tokenizer's answer gives, or through what is made of pictures."""
    for sort, depth in _DEPTHS.items():
        frame.memory.write(("item", boxes.ITEMS[sort].site, None), one(_PAIRS[sort]))
        frame.memory.write(("item", _PAIRS[sort].site, 0), PLAIN)
        frame.memory.write(("item", _PAIRS[sort].site, 1), one(Array(depth)))
        frame.memory.write(("item", _VALUES[sort].site, None), one(Array(depth)))
    tensorflow_calls.remember(frame)


def call(path: str, given: calls.Given, frame: Frame) -> Value:
    """``transformers.….name(…)``."""
    name, _, method_name = path.removeprefix("transformers.").partition(".")
    sort = known.CLASSES.get(name)
    if method_name == "from_pretrained" and sort in LOADED:
        facade_arguments.check(given, FROM_PRETRAINED[sort], frame)
        if sort in MODELS:
            loaded_again(given, frame)
        if name == "T5Tokenizer":
            frame.note(
                given.node, "before transformers 5, T5Tokenizer puts other spaces around special and unknown tokens"
            )
        elif name in perception.FAST or (sort == "image_processor" and _asks_torchvision(given)):
            frame.note(given.node, _ROUNDED)
        elif name in known.SLOW:
            frame.note(given.node, f"before transformers 5, {name} may split rare characters otherwise")
        return facade(sort)
    if sort in ("generation_config", "streamer") and not method_name:
        facade_arguments.check(given, known.METHODS[sort]["__init__"], frame)
        return facade(sort)
    if path == "transformers.pipeline":
        return _pipeline(given, frame)
    if path == "transformers.set_seed":
        frame.seed(given.node)
        return literal(None)
    if name == "logging" and method_name in known.LOGGING:
        return literal(None)
    frame.refuse(given.node, expressions.without_counterpart(path))
    return PLAIN


def _pipeline(given: calls.Given, frame: Frame) -> Value:
    tasks = constants(_argument(given, "task", 0)) or ("",)
    sorts = {pipelines.TASKS.get(str(each)) or pipelines.TASKS.get(str(each).partition("_")[0]) for each in tasks}
    sort = sorts.pop() if len(sorts) == 1 else None
    if sort is None:
        frame.refuse(given.node, f"only pipelines for {', '.join(sorted(pipelines.TASKS))} can be kept")
        return PLAIN
    facade_arguments.check(given, pipelines.MADE[sort], frame, takes=_taken_by(sort, given))
    loaded_again(given, frame)
    model = present(_argument(given, "model", 1))
    beside = union(present(_argument(given, name, None)) for name in pipelines.BESIDE[sort in pipelines.PERCEIVING])
    if not model:
        frame.refuse(given.node, "a pipeline that does not name its model has whatever transformers chooses")
    if any(isinstance(kind, Facade) for kind in model) and not beside:
        what = "image processor or feature extractor" if sort in pipelines.PERCEIVING else "tokenizer"
        frame.refuse(given.node, f"a pipeline of a model object needs its {what} beside it")
    if sort in pipelines.PERCEIVING - {"sound_pipeline"} and _asks_torchvision(given):
        frame.note(given.node, _ROUNDED)
    if sort == "sound_pipeline":
        frame.note(given.node, "files are read as WAV files at the model's rate; transformers has ffmpeg decode them")
    if sort == "pipeline":
        frame.note(
            given.node, "beams and lengths that no call names are those of the pipelines of transformers 4.52 to 4.57"
        )
    return facade(sort)


def _asks_torchvision(given: calls.Given) -> bool:
    return constants(_argument(given, "use_fast", None) or literal(False)) != (False,)


def _taken_by(sort: Sort, given: calls.Given) -> Mapping[str, Sort | None]:
    """Objects that a pipeline takes: one for pictures also what could be for something else."""
    takes: dict[str, Sort | None] = {"model": known.ATTRIBUTES[sort]["model"]}
    if sort == "picture_states_pipeline" and _argument(given, "model", 1) == facade("encoder"):
        takes["model"] = "encoder"
    if sort != "sound_pipeline" and _argument(given, "feature_extractor", None) == facade("image_processor"):
        takes["feature_extractor"] = "image_processor"
    return takes


def loaded_again(given: calls.Given, frame: Frame) -> None:
    """A model that is loaded where a request is answered: the runtime loads it once."""
    if frame.memory.marked("decorated", frame.scope.node):
        frame.note(
            given.node, "the service loads its model here at every call; the adapted app keeps it once it is loaded"
        )


def _argument(given: calls.Given, name: str, number: int | None) -> Value:
    if name in given.keywords:
        return given.keywords[name][1]
    return given.values[number] if number is not None and number < len(given.values) else NOTHING


def method(kind: Method, given: calls.Given, frame: Frame) -> Value:  # noqa: PLR0911, PLR0912
    """A method of what the facade made."""
    owner, name = kind.owner, kind.name
    if isinstance(owner, Array):
        return tensor_calls.method(kind, given, frame)
    assert isinstance(owner, Facade)
    owner = _for_pictures(owner, name, given)
    signature = known.METHODS.get(owner.sort, {}).get(name)
    if signature is None:
        frame.refuse(given.node, f".{name} of {spoken(owner)} can only be called where it stands")
        return PLAIN
    if owner.sort in tensorflow.METHODS:
        return tensorflow_calls.method(owner, name, given, frame)
    facade_arguments.check(given, signature, frame)
    match owner.sort, name:
        case "tokenizer", "__call__" | "encode_plus" | "batch_encode_plus":
            if name == "encode_plus" and any(isinstance(each, Box) for each in _argument(given, "text", 0)):
                frame.refuse(given.node, "encode_plus of a list takes its items for tokens, not for texts")
            return _tokenized(given, facade("encoding"), facade("lists"), frame)
        case "tokenizer", "encode":
            if any(isinstance(each, Box) for each in _argument(given, "text", 0)):
                frame.refuse(given.node, "encode of a list takes its items for tokens, not for texts")
            return _tokenized(given, one(Array(2)), PLAIN, frame)
        case "tokenizer", "tokenize":
            frame.memory.write(("item", given.node, None), PLAIN)
            return one(Box(given.node))
        case "tokenizer", "decode":
            if any(isinstance(each, Array) and each.depth == 2 for each in _argument(given, "token_ids", 0)):
                frame.refuse(
                    given.node, "decode of a whole batch means other things in other versions: batch_decode it"
                )
            return PLAIN
        case _, "train":
            if constants(_argument(given, "mode", 0)) != (False,):
                frame.refuse(given.node, "a model that learns stays torch's")
            return one(owner)
        case sort, "__call__" if sort in known.OUTPUTS:
            return encoder_calls.output(owner)
        case sort, "__call__" | "preprocess" if sort in perception.PREPARING:
            if "return_tensors" not in given.keywords:
                frame.refuse(given.node, f'{spoken(owner)} gives lists here unless the call says return_tensors="pt"')
            return facade("features")
        case "sentence_encoder", "encode":
            return sentence_calls.encoded(given, frame)
        case "model", "parameters":
            return facade("parameters")
        case "model", "generate":
            if any(each == Facade("encoding") for each in given.all - union(value for _, value in given.rest)):
                frame.refuse(given.node, "generate takes the ids, not the tokenizer's whole answer")
            if present(_argument(given, "generation_config", 1)):
                frame.note(given.node, "what this generation config leaves open, the model's own settings decide here")
            return one(Array(2))
        case "encoding" | "features" as sort, "items":
            return one(boxes.ITEMS[sort])
        case "encoding" | "features" as sort, "values":
            return one(_VALUES[sort])
        case "encoding" | "features" as sort, "get" | "pop":
            return _taken(sort, given)
        case _:
            return PLAIN


def _tokenized(given: calls.Given, tensors: Value, lists: Value, frame: Frame) -> Value:
    kinds = constants(_argument(given, "return_tensors", None))
    if kinds is None:
        kinds = ("pt",)
    found = lists if not kinds or None in kinds else NOTHING
    return found | (tensors if any(kind in ("pt", "np") for kind in kinds) else NOTHING) or tensors


def _for_pictures(owner: Facade, name: str, given: calls.Given) -> Facade:
    """What could be for texts or for sounds, seen as what it is called with: pictures."""
    if name != "__call__":
        return owner
    if owner.sort == "feature_extractor" and "images" in given.keywords:
        return Facade("image_processor")
    first = given.values[0] if given.values else NOTHING
    whole = any(Facade("features") in value for _, value in given.rest)
    if owner.sort == "encoder" and (whole or "pixel_values" in given.keywords or first == one(Array(4))):
        return Facade("image_encoder")
    return owner


def _taken(sort: Sort, given: calls.Given) -> Value:
    keys = constants(given.values[0]) if given.values else None
    default = given.values[1] if len(given.values) > 1 else literal(None)
    if keys and not set(keys) & set(known.HELD[sort]):
        return default
    return one(Array(_DEPTHS[sort])) | default


def unwraps(callee: Value) -> bool:
    """Some of what is called gives back what it is called on."""
    return any(_unwraps(kind) for kind in callee)


def _unwraps(kind: Kind) -> bool:
    if not isinstance(kind, Method):
        return False
    owner = "array" if isinstance(kind.owner, Array) else kind.owner.sort if isinstance(kind.owner, Facade) else ""
    return kind.name in known.UNWRAPPED.get(owner, ())


def unwrapped(node: ast.Call, callee: Value, given: calls.Given, frame: Frame) -> Value:
    """``x.to(device)`` becomes ``x``, if it surely is what it seems to be and the argument says nothing else."""
    owners = frozenset(kind.owner for kind in callee if isinstance(kind, Method) and _unwraps(kind))
    name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    if len(owners) != len(callee) or not name:
        frame.refuse(node, f"{ast.unparse(node.func)} may be {spoken(next(iter(owners)))}'s or something else's")
    for kind in given.all:
        if not isinstance(kind, (Plain, Const)) and kind not in _PLACES:
            frame.refuse(node, f"{spoken(kind)} given to .{name} is not followed")
    arguments = (*given.places, *(each.value for each, _ in given.keywords.values()))
    lost = not all(harmless(each, frame) for each in arguments)
    tensor = all(isinstance(kind, Array) for kind in owners)
    numbers = tensor and any(kind in (Facade("float32"), Facade("dtype")) for kind in given.all)
    if (lost or numbers) and name == "to" and owners == one(next(iter(owners))):
        # The runtime's own .to takes the CPU, and a tensor's a number format; anything else is an error there.
        return owners
    if lost:
        frame.refuse(node, f"the argument of .{name} does something that would be lost with it")
    where = given.values[0] if given.values else _argument(given, "device", None)
    if name == "cuda" or (name == "to" and torch_calls.wants_gpu(where, frame)):
        torch_calls.without_gpu(node, frame)
    frame.edit(node, "unwrap")
    return owners
