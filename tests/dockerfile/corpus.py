"""The Dockerfiles on which our parser and BuildKit's must agree."""

from __future__ import annotations

from tests.dockerfile.odd_dockerfiles import ODD
from tests.dockerfile.service_dockerfiles import SERVICES

DOCKERFILES: list[tuple[str, str]] = [*SERVICES, *ODD]
