"""Reading from package indexes over HTTP, with the user's certificates, proxy and credentials."""

from __future__ import annotations

import contextlib
import ssl
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import EnvironmentUnusable, IndexUnreachable
from .index import IndexSettings, without_credentials

if TYPE_CHECKING:
    import httpx

_PASSING = frozenset({429, 500, 502, 503, 504})
"""Answers after which the same question may succeed."""
_PAUSES_SECONDS = (0.3, 1.0, 2.5)
_LONGEST_PAUSE_SECONDS = 10.0


class Remote:
    """A client of the indexes. Safe to use from several threads; closed by ``with``."""

    def __init__(self, settings: IndexSettings) -> None:
        import httpx

        self.settings = settings
        proxy = settings.proxy or None
        unchecked = {
            f"https://{host}": httpx.HTTPTransport(verify=False, proxy=proxy) for host in settings.trusted_hosts
        }
        self._client = httpx.Client(
            verify=_trust(settings),
            proxy=proxy,
            mounts=unchecked,
            timeout=settings.timeout_seconds,
            follow_redirects=True,
        )

    def __enter__(self) -> Remote:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    @contextlib.contextmanager
    def answer(self, url: str, headers: Mapping[str, str]) -> Iterator[httpx.Response]:
        """The opened answer to a GET, its body not read yet. Busy servers are asked again, four times in all.

        :raises IndexUnreachable: no connection, or an answer that is an error
        """
        response, problem = self._asked(url, headers)
        for pause in _PAUSES_SECONDS:
            if response is not None:
                if response.status_code not in _PASSING:
                    break
                response.close()
            time.sleep(max(pause, _asked_pause(response)))
            response, problem = self._asked(url, headers)
        if response is None:
            raise self._unreachable(url, problem)
        try:
            if response.is_error:
                raise self._unreachable(url, f"it answers {response.status_code} {response.reason_phrase}".rstrip())
            yield response
        finally:
            response.close()

    def _asked(self, url: str, headers: Mapping[str, str]) -> tuple[httpx.Response | None, str]:
        """The answer, or what went wrong on the way."""
        import httpx

        login = self.settings.credentials(url)
        try:
            request = self._client.build_request("GET", without_user(url), headers=dict(headers))
            auth = httpx.BasicAuth(*login) if login else None
            return self._client.send(request, stream=True, auth=auth), ""
        except (httpx.TransportError, httpx.TooManyRedirects, httpx.InvalidURL) as cause:
            return None, f"{type(cause).__name__}: {self.settings.redacted(str(cause))}"

    def _unreachable(self, url: str, problem: str) -> IndexUnreachable:
        refused = any(f" {status} " in f"{problem} " for status in (401, 403, 407))
        return IndexUnreachable(
            f"a package index {'refuses' if refused else 'does not give'} a file: {problem}",
            where=without_credentials(url),
            next_step="check the credentials in pip's configuration or ~/.netrc"
            if refused
            else "check the network and the proxy, and try again",
        )


def without_user(url: str) -> str:
    """The address without user information; query and fragment stay."""
    scheme, separator, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{separator}{host.rpartition('@')[2]}{slash}{path}"


def _trust(settings: IndexSettings) -> ssl.SSLContext:
    """What pip trusts: the configured bundle alone, else what the system trusts and certifi's list."""
    import certifi

    trusted = ssl.create_default_context()
    try:
        if settings.certificate:
            folder = Path(settings.certificate).is_dir()
            trusted = ssl.create_default_context(
                cafile=None if folder else settings.certificate, capath=settings.certificate if folder else None
            )
        else:
            trusted.load_verify_locations(certifi.where())
        if settings.client_certificate:
            trusted.load_cert_chain(settings.client_certificate)
    except (OSError, ssl.SSLError) as cause:
        raise EnvironmentUnusable(
            "a certificate of pip's configuration cannot be read",
            where=settings.certificate or settings.client_certificate,
            next_step="correct `cert` in pip's configuration (`pip config debug` shows where it stands)",
        ) from cause
    return trusted


def _asked_pause(response: httpx.Response | None) -> float:
    """Seconds that the server asks to wait, within reason."""
    if response is None:
        return 0.0
    try:
        return min(float(response.headers.get("Retry-After", "0")), _LONGEST_PAUSE_SECONDS)
    except ValueError:
        return 0.0
