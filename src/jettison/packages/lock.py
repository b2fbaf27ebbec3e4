"""A resolved set as a hashed requirements file, which pip and uv both install from. It names no address."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import Unresolvable
from .resolution import Resolution, Wheel


def lock_text(resolution: Resolution, *, local_wheels: Sequence[Wheel] = ()) -> str:
    """The lock: every distribution with its version and the sha256 of its file, for one Python on one platform.

    The same set gives the same text. A version with a local part (``+cpu``) needs an index or folder that offers it.

    :param local_wheels: further members of the set; they win over members of the same name
    :raises Unresolvable: a member exists only as source, or its index gives no digest
    """
    members = {wheel.name: wheel for wheel in (*resolution.wheels, *local_wheels)}
    head = f"# Python {resolution.python} on {resolution.platform}\n"
    return head + "".join(_entry(members[name]) for name in sorted(members))


def _entry(wheel: Wheel) -> str:
    if not wheel.is_wheel or not wheel.sha256:
        lack = "exists only as source" if not wheel.is_wheel else "has no sha256 in its index"
        raise Unresolvable(
            f"{wheel.name} {wheel.version} {lack}, so it cannot be locked",
            next_step=f"pin {wheel.name} to a version with a wheel, or put a wheel of it into a folder of find-links",
        )
    return f"{wheel.name}=={wheel.version} \\\n    --hash=sha256:{wheel.sha256}\n"
