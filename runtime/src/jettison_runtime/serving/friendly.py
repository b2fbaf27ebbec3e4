"""The routes of the tasks, in friendly JSON: ``POST /classify {"text": "…"}``; pictures and sounds also as they are.

What a question holds stands in `asking`, a task a module. A model answers at the one path of its task.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import orjson

from .asking import Question, Unfit, files
from .inference import Work, left
from .messages import EVENTS, JSON, Refused, Request, Response, json_response
from .routes import Route

if TYPE_CHECKING:
    from .service import Service

_PARAMETERS = 20
_AS_IT_COMES = (("Cache-Control", "no-cache"), ("X-Accel-Buffering", "no"))
"""For proxies: nothing is kept, and nothing held back."""


async def ask(service: Service, request: Request) -> Response:
    """Friendly JSON or a file in, friendly JSON or a stream of events out."""
    question = service.question
    if question is None or request.path != question.path:
        where = question.path if question else f"/v2/models/{service.model().name}/infer"
        raise Refused(404, f"this model is asked at {where}")
    try:
        asked = _asked(question, request)
    except Unfit as cause:
        raise Refused(422, str(cause)) from cause
    if asked.get("stream"):
        events = _events(service, request, question, asked)
        # Until there is a first piece, a refusal has a status of its own.
        return Response(body=await anext(events), rest=events, media=EVENTS, headers=_AS_IT_COMES)

    def run(several: Sequence[Any]) -> Sequence[Any]:
        return question.answers(several, seconds=left(request.deadline))

    work = Work(run=run, payload=asked, rows=question.rows(asked), like=question.like(asked))
    return json_response(await service.answer(request, work))


def _asked(question: Question, request: Request) -> dict[str, Any]:
    try:
        query = parse_qsl(request.query, keep_blank_values=True, errors="strict", max_num_fields=_PARAMETERS)
    except ValueError as cause:
        raise Refused(400, f"the query cannot be read: {cause}") from cause
    options = question.read_query(query)
    media = (request.header("content-type") or JSON).partition(";")[0].strip().lower()
    if media == JSON:
        return {**options, **question.read(request.json())}
    if media not in question.media:
        raise Refused(415, f"this model is asked with {' or '.join((JSON, *question.media))}")
    return {**options, **question.read_file(request.body)}


async def _events(
    service: Service, request: Request, question: Question, asked: Mapping[str, Any]
) -> AsyncGenerator[bytes, None]:
    """The pieces of an answer as they are made, then all of it; or an error, once there was a piece.

    :raises Refused: before the first piece.
    """
    loop, heard = asyncio.get_running_loop(), asyncio.Queue[str]()
    gone, said = False, 0

    def run(payloads: Sequence[Any]) -> list[str]:
        pieces = []
        for piece in question.pieces(payloads[0], seconds=left(request.deadline)):
            if gone:
                break
            pieces.append(piece)
            loop.call_soon_threadsafe(heard.put_nowait, piece)
        return ["".join(pieces)]

    answer = asyncio.ensure_future(service.answer(request, Work(run=run, payload=asked)))
    try:
        while not answer.done() or not heard.empty():
            listening = asyncio.ensure_future(heard.get())
            await asyncio.wait({listening, answer}, return_when=asyncio.FIRST_COMPLETED)
            if listening.done():
                said += 1
                yield _event({"piece": listening.result()})
            else:
                listening.cancel()
        yield _event({"answers": [answer.result()]})
    except Refused as cause:
        if not said:
            raise
        yield _event({"error": cause.what})
    finally:
        gone = True
        answer.cancel()


def _event(value: Any) -> bytes:
    return b"data: " + orjson.dumps(value) + b"\n\n"


_FILES = (JSON, *files.PICTURES, *files.SOUNDS)
_MEDIA = {
    "generate": ((JSON,), "A text for each text"),
    "classify": (_FILES, "Labels for texts, pictures or sounds"),
    "tag": ((JSON,), "Labels for the words of texts"),
    "answer": ((JSON,), "The part of a text that answers a question"),
    "fill": ((JSON,), "Words for the masks of texts"),
    "embed": (_FILES, "A vector for each text or picture"),
}
ROUTES = [
    Route(method="POST", path=f"/{verb}", answer=ask, summary=summary, media=media)
    for verb, (media, summary) in _MEDIA.items()
]
"""Of all tasks: a model has one of them, the others are not found."""
