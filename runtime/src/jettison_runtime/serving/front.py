"""``/``: the page on which a person tries the model."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from . import tensors
from .messages import Request, Response
from .page import Page, page
from .routes import Route
from .tensor_schemas import probe_example

if TYPE_CHECKING:
    from .asking import Question
    from .served import Served
    from .service import Service


async def front(service: Service, request: Request) -> Response:
    """The page of the model that is served."""
    shown = service.page
    headers = (
        ("Content-Security-Policy", shown.policy),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
        ("Cache-Control", "no-cache"),
    )
    return Response(body=shown.body, media="text/html; charset=utf-8", headers=headers)


ROUTES = [Route(method="GET", path="/", answer=front, summary="A page to try the model by hand")]


def drawn(service: Service) -> Page:
    """The page of a service that has its model."""
    served, question = service.model(), service.question
    facts = {"name": served.name, "task": served.task, "form": served.form}
    return page({**facts, **(_of_tensors(served) if question is None else _of_question(question))})


def _of_question(question: Question) -> dict[str, Any]:
    fields = [
        {
            "name": one.name,
            "meaning": one.meaning,
            "needed": one.needed,
            "several": "anyOf" in one.kind.schema(),
            "schema": one.kind.schema(),
            **({} if one.default is None else {"default": one.default}),
        }
        for one in question.fields.each
    ]
    file = {"file": {"field": question.file_field, "media": question.media}} if question.media else {}
    return {
        "summary": question.asking.SUMMARY,
        "path": question.path.lstrip("/"),
        "kind": question.asking.KIND,
        "fields": fields,
        "example": question.asking.example(question.model),
        "streams": question.streams,
        **file,
    }


def _of_tensors(served: Served) -> dict[str, Any]:
    probe, example = served.probe(0), probe_example(served)
    values = {each["name"]: each["data"] for each in example["inputs"]} if example else {}
    listed = [
        {
            "name": each.name,
            "datatype": tensors.DATATYPES[each.dtype],
            "declared": list(each.shape),
            "shape": list(probe[each.name].shape),
            # More numbers than a person reads are drawn by the page itself.
            "data": values.get(each.name),
            "range": [float(probe[each.name].min()), float(probe[each.name].max())],
            "count": math.prod(probe[each.name].shape),
        }
        for each in served.inputs
    ]
    return {
        "summary": "Named tensors in, named tensors out",
        "path": f"v2/models/{served.name}/infer",
        "kind": "tensors",
        "tensors": listed,
    }
