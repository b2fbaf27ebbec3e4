"""The user's own registry credentials, as ``docker login`` left them. They are used and never written down."""

from __future__ import annotations

import base64
import binascii
import json
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

DOCKER_HUB = "docker.io"
_HUB_KEYS = ("https://index.docker.io/v1/", "index.docker.io", "registry-1.docker.io")
_HELPER_SECONDS = 5.0
_IDENTITY_TOKEN_USER = "<token>"  # noqa: S105 - the protocol's marker, not a secret


@dataclass(frozen=True, kw_only=True)
class Credential:
    """A name and password, or an identity token."""

    user: str = ""
    secret: str = field(default="", repr=False)
    identity_token: str = field(default="", repr=False)

    @property
    def basic(self) -> str:
        """The value of a Basic Authorization header."""
        return "Basic " + base64.b64encode(f"{self.user}:{self.secret}".encode()).decode()


def credential(host: str) -> Credential | None:
    """What the user's Docker configuration holds for a registry; None means anonymous."""
    config = _config()
    keys = [host, f"https://{host}", f"https://{host}/v1/", f"https://{host}/v2/"]
    if host == DOCKER_HUB:
        keys = [*_HUB_KEYS, *keys]
    for key in keys:
        helper = _mapping(config.get("credHelpers")).get(key)
        if isinstance(helper, str) and (found := _from_helper(helper, key)):
            return found
    for key in keys:
        if found := _inline(_mapping(config.get("auths")).get(key)):
            return found
    store = config.get("credsStore")
    if isinstance(store, str):
        return next((found for key in keys if (found := _from_helper(store, key))), None)
    return None


def _config() -> dict[str, Any]:
    folder = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker")
    try:
        return _mapping(json.loads((folder / "config.json").read_bytes()))
    except (OSError, ValueError):
        return {}


def _inline(entry: object) -> Credential | None:
    fields = _mapping(entry)
    if token := fields.get("identitytoken"):
        return Credential(identity_token=str(token))
    try:
        user, _, secret = base64.b64decode(str(fields.get("auth") or "")).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return Credential(user=user, secret=secret) if user else None


def _from_helper(name: str, server: str) -> Credential | None:
    """Ask the program ``docker-credential-NAME``; one that is missing or does not know is no credential."""
    if not name.replace("-", "").replace("_", "").isalnum():
        return None
    try:
        done = subprocess.run(
            [f"docker-credential-{name}", "get"],
            input=server.encode(),
            capture_output=True,
            timeout=_HELPER_SECONDS,
            check=True,
        )
        answer = _mapping(json.loads(done.stdout))
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    user, secret = str(answer.get("Username") or ""), str(answer.get("Secret") or "")
    if user == _IDENTITY_TOKEN_USER:
        return Credential(identity_token=secret)
    return Credential(user=user, secret=secret) if user else None


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
