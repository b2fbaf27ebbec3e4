"""The table of paths. A path is served because it stands in a module's ``ROUTES``, and for no other reason."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from .messages import JSON, Refused, Request, Response

if TYPE_CHECKING:
    from .service import Service

Answer = Callable[["Service", Request], Coroutine[Any, Any, Response]]

_REMEMBERED, _LONGEST_REMEMBERED = 256, 512
_OPEN = "{"


@dataclass(frozen=True, kw_only=True)
class Route:
    """One line of the table."""

    method: str
    path: str
    """A part in braces stands for any one part: ``/v2/models/{model}``. Also the label of the route's metrics."""
    answer: Answer
    summary: str
    """For the OpenAPI document."""
    media: tuple[str, ...] = ()
    """Types of content that a body may have; () where no body is read. The first is taken where none is named."""

    @property
    def takes_body(self) -> bool:
        """Whether a body is read before `answer` is called."""
        return bool(self.media)


JSON_BODY = (JSON,)


class Table:
    """Routes by path."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self.routes = tuple(routes)
        # Paths come from anybody: what is remembered is bounded.
        self._by_path = lru_cache(maxsize=_REMEMBERED)(self._found)

    def route(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        """The route of a request and what its path leaves open.

        :raises Refused: 404, or 405 with what is allowed.
        """
        found = self._by_path(path) if len(path) <= _LONGEST_REMEMBERED else self._found(path)
        wanted = "GET" if method == "HEAD" else method
        if wanted in found:
            return found[wanted]
        if not found:
            raise Refused(404, "there is nothing at this path; /v2 and /openapi.json say what there is")
        allowed = ", ".join(sorted(found))
        raise Refused(405, f"this path answers {allowed}", headers=(("Allow", allowed),))

    def _found(self, path: str) -> dict[str, tuple[Route, dict[str, str]]]:
        asked = path.split("/")
        found: dict[str, tuple[Route, dict[str, str]]] = {}
        for route in self.routes:
            parts = route.path.split("/")
            if len(parts) == len(asked) and all(
                bool(given) if part.startswith(_OPEN) else part == given
                for part, given in zip(parts, asked, strict=True)
            ):
                open_parts = {
                    part[1:-1]: given for part, given in zip(parts, asked, strict=True) if part.startswith(_OPEN)
                }
                found.setdefault(route.method, (route, open_parts))
        return found
