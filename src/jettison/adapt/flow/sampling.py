"""Calls that ask for sampled tokens: where the runtime can, and what is said of it."""

from __future__ import annotations

import ast

from jettison.adapt.known import facade as known
from jettison.adapt.known.generation import BEAMS_OF_PIPELINES
from jettison.adapt.known.signatures import Signature

from . import calls
from .frame import Frame
from .kinds import Box, Value, constants

_OF_MODELS = (known.METHODS["model"]["generate"], known.METHODS["generation_config"]["__init__"])
"""Calls that have one beam unless they say otherwise."""


def check(given: calls.Given, signature: Signature, frame: Frame) -> None:
    """The runtime samples, but not with beams; and its random numbers are its own."""
    asked: dict[str, tuple[ast.AST, Value]] = dict(given.keywords)
    for keyword, value in given.rest:
        for kind in value:
            if isinstance(kind, Box):
                for key in frame.memory.keys("item", kind.site):
                    if isinstance(key, str):
                        asked[key] = keyword, frame.memory.read("item", kind.site, key)
    if "do_sample" not in asked:
        return
    place, value = asked["do_sample"]
    if not any(constants(value) or (True,)):
        return
    usual: tuple[object, ...] = () if signature in _OF_MODELS else (BEAMS_OF_PIPELINES,)
    beams = constants(asked["num_beams"][1]) if "num_beams" in asked else usual
    if beams is None or any(each not in (1, None) for each in beams):
        frame.refuse(place, "sampling is only possible without beams: do_sample needs num_beams=1 beside it")
    else:
        frame.draw(place)
        frame.note(place, "tokens are sampled with the same probabilities, but not with torch's random numbers")
