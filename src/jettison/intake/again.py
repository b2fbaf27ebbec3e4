"""Requests of a report, which only names the files that they sent: with what is in these, where it still lies there."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from ..errors import RequestsMissing, SettingsInvalid
from ..records import Deployment, Request
from .requests import requests_at
from .uploads import type_of


def with_files(found: Deployment) -> Deployment:
    """The same service with requests that can be sent, its recorded requests read again.

    :param found: as a report has it: no request has `Request.data`.
    :raises RequestsMissing: the files of a request are gone, or others lie in their place.
    """
    read, why = _read_again(found)
    known = defaultdict[Request, list[Request]](list)  # files of one name in several folders are told by their order
    for each in read:
        known[replace(each, data=b"")].append(each)
    requests = tuple(known[each].pop(0) if known[each] else each for each in found.requests)
    there = frozenset(read)
    lost = [each for each in requests if each not in there and _sends_files(each)]
    if lost:
        raise RequestsMissing(
            f"{len(lost)} of {len(requests)} recorded requests send files, whose contents a report does not hold: the "
            f"first is {lost[0].method} {lost[0].path}, {lost[0].body[:80]}",
            where=why or f"{found.root}: its requests are others now",
            next_step="put the service's folder back where it was, or name it in the place of what optimize wrote",
        )
    return replace(found, requests=requests)


def _read_again(found: Deployment) -> tuple[tuple[Request, ...], str]:
    """What the service's folder says now; nothing and the reason, where it cannot be read."""
    if not found.requests or not found.own_data:
        return (), f"{found.root}: it names no requests"
    path = found.root / found.own_data[0]  # the requests come first, where there are any
    try:
        return requests_at(path), ""
    except SettingsInvalid as cause:
        return (), f"{path}: {cause.what}"


def _sends_files(request: Request) -> bool:
    """Its body is not what it sends, but the names of files."""
    types = (value for name, value in request.headers if name.lower() == "content-type")
    kind = next(types, "").partition(";")[0].strip().lower()
    if not request.body or request.data:
        return False
    if kind == "multipart/form-data":
        return not request.body.startswith("--")
    return kind == type_of(request.body) or kind.startswith(("image/", "audio/", "video/"))
