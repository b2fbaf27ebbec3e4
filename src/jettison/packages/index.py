"""Where packages come from: the user's pip configuration as a record.

No index is named here. An empty `IndexSettings.index_url` means the default, and the installed resolver knows which one
that is. Credentials inside the addresses are used, never shown: they are no part of ``repr`` or of `identity`, and
`IndexSettings.redacted` takes them out of any text.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from .pip_configuration import pip_options

_USER_INFO = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://)[^/\s'\"`]+@")
_VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)\}")
_DEFAULT_TIMEOUT_SECONDS = 15.0
"""pip's own."""

_SHORT = {"-i": "--index-url", "--pypi-url": "--index-url", "-f": "--find-links"}
_WITH_VALUE = ("--index-url", "--extra-index-url", "--find-links", "--trusted-host")


@dataclass(frozen=True, kw_only=True)
class IndexSettings:
    """Indexes and how to reach them. pip takes the best match over all of them, without an order of preference."""

    index_url: str = field(default="", repr=False)
    """Empty: the installed tool's default."""
    extra_index_urls: tuple[str, ...] = field(default=(), repr=False)
    find_links: tuple[str, ...] = field(default=(), repr=False)
    """Folders, or pages with links."""
    no_index: bool = False
    """Only `find_links` counts."""
    certificate: str = ""
    """PEM file or folder; empty: what the system trusts."""
    client_certificate: str = ""
    trusted_hosts: tuple[str, ...] = ()
    """``host`` or ``host:port`` whose certificate is not checked."""
    proxy: str = field(default="", repr=False)
    """Empty: what the usual variables say."""
    timeout_seconds: float = _DEFAULT_TIMEOUT_SECONDS

    @property
    def addresses(self) -> tuple[str, ...]:
        """Every address that may carry credentials."""
        given = (self.index_url, *self.extra_index_urls, *self.find_links, self.proxy)
        return tuple(address for address in given if address)

    @property
    def identity(self) -> tuple[str, ...]:
        """What decides which packages are found, credentials left out: fit for a key or a file."""
        places = (self.index_url, *self.extra_index_urls, "", *self.find_links, str(self.no_index))
        return tuple(without_credentials(place) for place in places)

    def with_options(self, options: Iterable[str], environment: Mapping[str, str] | None = None) -> IndexSettings:
        """These settings with the index options of a pip line or a requirements file.

        ``--index-url`` replaces, the others add, as in pip. ``${NAME}`` is filled in from the environment, as pip
        does in requirements files. Options that are none of these are left alone.
        """
        variables = os.environ if environment is None else environment
        words = [_VARIABLE.sub(lambda hit: variables.get(hit[1], hit[0]), word) for word in _words(options)]
        settings = self
        while words:
            name, equals, value = words.pop(0).partition("=")
            name = _SHORT.get(name, name)
            if name == "--no-index":
                settings = replace(settings, no_index=True)
            if name in _WITH_VALUE:
                value = value if equals else words.pop(0) if words else ""
                settings = settings._with(name, value)
        return settings

    def _with(self, name: str, value: str) -> IndexSettings:
        if not value:
            return self
        match name:
            case "--index-url":
                return replace(self, index_url=value)
            case "--extra-index-url":
                return replace(self, extra_index_urls=(*self.extra_index_urls, value))
            case "--find-links":
                return replace(self, find_links=(*self.find_links, value))
            case _:
                return replace(self, trusted_hosts=(*self.trusted_hosts, value))

    def credentials(self, url: str) -> tuple[str, str] | None:
        """User and password for an address: its own, those of an index on the same origin, those of ``.netrc``."""
        for address in (url, self.index_url, *self.extra_index_urls, *self.find_links):
            parts = urlsplit(address)
            if parts.username is not None and _origin(address) == _origin(url):
                return unquote(parts.username), unquote(parts.password or "")
        return _from_netrc(urlsplit(url).hostname or "")

    def redacted(self, text: str) -> str:
        """The text without any credentials of these settings, and without user information in any address."""
        text = _USER_INFO.sub(r"\1", text)
        for secret in self._secrets():
            text = text.replace(secret, "****")
        return text

    def _secrets(self) -> set[str]:
        found: set[str] = set()
        for address in self.addresses:
            parts = urlsplit(address)
            in_query = [part.partition("=")[2] for part in parts.query.split("&")]
            for word in (parts.password or parts.username or "", *in_query):
                found.update((word, unquote(word)))
        return {secret for secret in found if len(secret) >= _SECRET_LENGTH}


_SECRET_LENGTH = 5
"""Shorter words are not searched for outside of addresses: they would hit innocent text."""


def index_settings(environment: Mapping[str, str] | None = None, files: Iterable[Path] | None = None) -> IndexSettings:
    """The user's pip configuration: files and ``PIP_*`` variables, in pip's order of precedence.

    :raises SettingsInvalid: a configuration file that does not parse
    """
    variables = os.environ if environment is None else environment
    options = pip_options(environment, files)

    def words(name: str) -> tuple[str, ...]:
        return tuple(options.get(name, "").split())

    bundle = next((variables[name] for name in _BUNDLES if variables.get(name)), "")
    return IndexSettings(
        index_url=options.get("index-url") or options.get("pypi-url", ""),
        extra_index_urls=words("extra-index-url"),
        find_links=words("find-links"),
        no_index=options.get("no-index", "").lower() in ("1", "true", "yes", "on", "y", "t"),
        certificate=options.get("cert", bundle),
        client_certificate=options.get("client-cert", ""),
        trusted_hosts=words("trusted-host"),
        proxy=options.get("proxy", ""),
        timeout_seconds=_seconds(options.get("timeout") or options.get("default-timeout", "")),
    )


_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
"""Variables that pip's own client obeys when no certificate is configured."""


def without_credentials(address: str) -> str:
    """An address without user information, query and fragment; a path as it is."""
    parts = urlsplit(address)
    if len(parts.scheme) <= 1:
        return address
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _words(options: Iterable[str]) -> list[str]:
    words: list[str] = []
    for option in options:
        try:
            words += shlex.split(option)
        except ValueError:
            words += option.split()
    return words


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = None
    return parts.scheme, parts.hostname, port or {"https": 443, "http": 80}.get(parts.scheme)


def _from_netrc(host: str) -> tuple[str, str] | None:
    import netrc

    file = Path(os.environ.get("NETRC") or Path.home() / ".netrc")
    try:
        entry = netrc.netrc(file).authenticators(host)
    except (OSError, netrc.NetrcParseError, UnicodeDecodeError):
        return None
    return (entry[0], entry[2]) if entry else None


def _seconds(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return _DEFAULT_TIMEOUT_SECONDS
