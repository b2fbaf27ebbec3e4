"""Checks the signature of a release file against keys that this system trusts.

Only gpgv and sqv are asked, the two programs that apt itself uses. What they have approved is what is parsed
afterwards: the signed text is cut out first, so nothing outside the signature is ever believed.
"""

from __future__ import annotations

import base64
import binascii
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from ...errors import Untrusted

_SIGNED = re.compile(
    r"\s*-----BEGIN PGP SIGNED MESSAGE-----\n(?:[A-Za-z]+: [^\n]*\n)*\n"
    r"(?P<text>.*?)\n(?P<signature>-----BEGIN PGP SIGNATURE-----\n.*\n-----END PGP SIGNATURE-----)\s*",
    re.DOTALL,
)
_ARMOUR = re.compile(r"-----BEGIN PGP PUBLIC KEY BLOCK-----\n(?P<body>.*?)-----END PGP", re.DOTALL)
_SECONDS = 60


def signed_text(release: bytes, keyrings: Sequence[Path], *, where: str, keys: Sequence[str] = ()) -> str:
    """The text of an InRelease file, once its signature has been checked.

    :param keyrings: files of trusted keys, binary or ASCII-armoured
    :param keys: further trusted keys as ASCII-armoured text
    :raises Untrusted: no signature by a trusted key, or no program to check it with
    """
    match = _SIGNED.fullmatch(release.decode("utf-8", "replace").replace("\r\n", "\n"))
    if match is None or "-----BEGIN PGP" in match["text"] or match["signature"].count("-----BEGIN") > 1:
        raise _untrusted("the release file carries no signature", where)
    text = "\n".join(line.removeprefix("- ") for line in match["text"].split("\n"))
    binary_keys = [_dearmoured(path.read_bytes()) for path in keyrings] + [_dearmoured(key.encode()) for key in keys]
    if not binary_keys:
        raise _untrusted("this system has no keyring for the archive", where)
    with tempfile.TemporaryDirectory(prefix="jettison-") as name:
        folder = Path(name)
        (folder / "text").write_bytes(text.encode())
        (folder / "signature").write_bytes(match["signature"].encode() + b"\n")
        for position, data in enumerate(binary_keys):
            (folder / f"{position}.gpg").write_bytes(data)
        _check(folder, where)
    return text


def _check(folder: Path, where: str) -> None:
    gpgv, sqv = shutil.which("gpgv"), shutil.which("sqv")
    keyrings = [part for path in sorted(folder.glob("*.gpg")) for part in ("--keyring", str(path))]
    files = [str(folder / "signature"), str(folder / "text")]
    if gpgv:
        command = [gpgv, "--status-fd", "1", *keyrings, *files]
    elif sqv:
        command = [sqv, *keyrings, *files]
    else:
        raise Untrusted(
            "the signature of the package lists cannot be checked: neither gpgv nor sqv is installed",
            where=where,
            next_step="install gpgv (`apt-get install gpgv`), or give a base image as an OCI layout",
        )
    try:
        done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as cause:
        raise _untrusted(f"the signature could not be checked: {cause}", where) from cause
    # gpgv fails when any of several signatures is by a key it does not have; one good one is what apt asks for.
    said = {line.split()[1] for line in done.stdout.splitlines() if line.startswith(b"[GNUPG:]")}
    good = done.returncode == 0 if not gpgv else b"VALIDSIG" in said and b"GOODSIG" in said and b"BADSIG" not in said
    if not good:
        reason = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise _untrusted(f"the signature does not hold: {reason[-1] if reason else 'not verified'}", where)


def _dearmoured(data: bytes) -> bytes:
    """Keys in binary form, as gpgv wants them."""
    if not data.lstrip().startswith(b"-----BEGIN"):
        return data
    found = b""
    for match in _ARMOUR.finditer(data.decode("ascii", "replace").replace("\r\n", "\n")):
        lines = [line.strip() for line in match["body"].splitlines()]
        # Headers, an empty line (in a source file: a dot) and the checksum are no data.
        body = (line for line in lines if line != "." and ":" not in line and not line.startswith("="))
        try:
            found += base64.b64decode("".join(body))
        except binascii.Error:
            continue
    return found


def _untrusted(what: str, where: str) -> Untrusted:
    return Untrusted(
        what,
        where=where,
        next_step="use another mirror (JETTISON_DEBIAN_MIRROR), or update the archive's keyring package",
    )
