"""A request for inference with tensors, checked, however it came: its JSON, and the bytes behind it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import tensors
from .asking import Unfit
from .messages import Refused
from .tasks import texts

if TYPE_CHECKING:
    from jettison_runtime.tensor_model import TensorSpec

    from .served import Served
    from .service import Service
    from .tasks import Feed


@dataclass(kw_only=True, slots=True)  # of every request: frozen it takes three times as long to make
class Asked:
    """A request for inference, checked."""

    number: str | None
    """The client's own."""
    feed: Feed
    options: dict[str, Any]
    outputs: list[tuple[str, bool]]
    """What is wanted, and whether as bytes."""
    patience_seconds: float
    """Triton's ``timeout``; infinite where the request has none."""


def understood(service: Service, head: Any, rest: memoryview) -> Asked:
    """A request for inference, checked.

    :param head: its JSON.
    :param rest: the bytes of its binary tensors, in the order of its inputs.
    :raises Refused: 400, 413 or 422.
    """
    served = service.model()
    if type(head) is not dict or type(head.get("inputs")) is not list:
        raise Refused(400, "an inference request is an object with a list of inputs")
    parameters = _object(head, "parameters", "the request")
    as_bytes = parameters.get("binary_data_output", False)
    if type(as_bytes) is not bool:
        raise Refused(400, "binary_data_output is true or false")
    feed, options = _feed(served, head["inputs"], rest, service), _options(service, served, parameters)
    return Asked(
        number=_number(head),
        feed=_checked(service, feed, options),
        options=options,
        outputs=_wanted(served, head.get("outputs"), as_bytes),
        patience_seconds=_patience(parameters),
    )


def _patience(parameters: dict[str, Any]) -> float:
    microseconds = parameters.get("timeout")
    if microseconds is None:
        return math.inf
    if type(microseconds) is not int or microseconds < 0:
        raise Refused(400, "timeout is a whole number of microseconds")
    return microseconds / 1e6 if microseconds else math.inf  # as in Triton, 0 is none


def _feed(served: Served, listed: list[Any], rest: memoryview, service: Service) -> Feed:
    wanted = served.by_name
    feed: Feed = {}
    sizes: dict[str, int] = {}
    place = 0
    for given in listed:
        if type(given) is not dict or type(given.get("name")) is not str:
            raise Refused(400, "an input is an object with a name")
        spec = wanted.get(given["name"])
        if spec is None or spec.name in feed:
            raise Refused(422, f"the model takes {' and '.join(map(_said, served.inputs))}, each once")
        shape = _shape(given, spec, sizes)
        settings = service.settings
        if shape and shape[0] > settings.max_rows and isinstance(spec.shape[0], str):
            raise Refused(422, f"{spec.name}: a request has at most {settings.max_rows} rows")
        length = _object(given, "parameters", spec.name).get("binary_data_size")
        if length is None:
            feed[spec.name] = tensors.from_json(given.get("data"), shape, spec.dtype, name=spec.name)
            continue
        if type(length) is not int or not 0 <= length <= len(rest) - place or "data" in given:
            raise Refused(400, f"{spec.name}: binary_data_size is how many of the bytes behind the JSON are its own")
        raw = rest[place : place + length]
        place += length
        feed[spec.name] = tensors.from_bytes(raw, shape, spec.dtype, name=spec.name, nonfinite=settings.allow_nonfinite)
    if len(feed) < len(wanted):
        raise Refused(422, f"the model needs {' and '.join(sorted(wanted.keys() - feed.keys()))} too")
    if place != len(rest):
        raise Refused(400, f"{len(rest) - place} bytes behind the JSON belong to no input")
    return feed


def _shape(given: dict[str, Any], spec: TensorSpec, sizes: dict[str, int]) -> tuple[int, ...]:
    shape = tensors.shape_of(given.get("shape"), name=spec.name)
    if given.get("datatype") != tensors.DATATYPES[spec.dtype]:
        raise Refused(422, f"{spec.name}: the datatype is {tensors.DATATYPES[spec.dtype]}")
    if not tensors.fits(shape, spec.shape, sizes):
        raise Refused(422, f"{_said(spec)} was given the shape {list(shape)}")
    return shape


def _options(service: Service, served: Served, parameters: dict[str, Any]) -> dict[str, Any]:
    """What is asked of the task; what is nobody's option is left to whoever wrote it, as in Triton."""
    question = service.question
    if question is None:
        return {}
    found = {}
    try:
        for name in parameters.keys() & question.fields.by_name.keys():
            if name not in served.options:
                raise Unfit(name, f"no parameter of tensors; {question.path} takes it")
            found[name] = question.option(name, parameters[name])
    except Unfit as cause:
        raise Refused(422, str(cause)) from cause
    return found


def _checked(service: Service, feed: Feed, options: dict[str, Any]) -> Feed:
    """Texts and files as the task takes them; numbers are left as they are."""
    question = service.question
    if question is None:
        return feed
    try:
        question.check_rows(len(next(iter(feed.values()))), options)
        return {name: texts(question.column(name, array.tolist())) for name, array in feed.items()}
    except Unfit as cause:
        raise Refused(422, str(cause)) from cause


def _wanted(served: Served, listed: Any, as_bytes: bool) -> list[tuple[str, bool]]:
    names = served.output_names
    if listed is None or listed == []:
        return [(name, as_bytes) for name in names]
    if type(listed) is not list:
        raise Refused(400, "outputs is a list")
    found: list[tuple[str, bool]] = []
    for each in listed:
        if type(each) is not dict or type(each.get("name")) is not str:
            raise Refused(400, "an output is an object with a name")
        if each["name"] not in names:
            raise Refused(422, f"the model gives {' and '.join(names)}")
        if any(each["name"] == name for name, _ in found):
            raise Refused(422, f"{each['name']} is asked for twice")
        binary = _object(each, "parameters", "an output").get("binary_data", as_bytes)
        if type(binary) is not bool:
            raise Refused(400, "binary_data is true or false")
        found.append((each["name"], binary))
    return found


def _object(given: dict[str, Any], name: str, where: str) -> dict[str, Any]:
    value = given.get(name)
    if value is None:
        return {}
    if type(value) is not dict:
        raise Refused(400, f"{where}: {name} is an object")
    return value


def _number(head: dict[str, Any]) -> str | None:
    number = head.get("id")
    if number is not None and type(number) is not str:
        raise Refused(400, "id is a string")
    return number


def _said(spec: TensorSpec) -> str:
    return f"{spec.name} {tensors.DATATYPES[spec.dtype]}[{', '.join(map(str, spec.shape))}]"
