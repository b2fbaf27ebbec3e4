"""Writes ``repository/`` anew: a small signed Debian archive, with a throw-away key. Needs gpg; tests do not.

Run from the root of the checkout: ``python tests/packages/debian/make_repository.py``
"""

from __future__ import annotations

import gzip
import hashlib
import io
import lzma
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from jettison.oci.compression import zstd

ROOT = Path(__file__).parent / "repository"
SUITES = {"steady": ("alpha", "1.0"), "steady-updates": ("alpha", "1.1~beta"), "steady-security": ("alpha", "1.1")}
GPG = ["gpg", "--batch", "--faked-system-time", "20240101T000000!"]
"""The signatures are old enough for any machine's clock."""
EXTRA = {
    "beta": "Depends: alpha (>= 1.1) | never-there, mail-agent, virtual-tool\nRecommends: gamma, nowhere\n",
    "gamma": "Provides: mail-agent, virtual-tool (= 2.0)\nPriority: extra\n",
    "delta": "Pre-Depends: alpha\nProvides: mail-agent\nPriority: important\n",
    "broken": "Depends: nowhere (>= 3) | alpha (<< 0.5)\n",
    "wants-two": "Depends: virtual-tool (>= 2)\n",
    "wants-three": "Depends: virtual-tool (>= 3)\n",
}


def tar(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(f"./{name}")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def compressed(data: bytes, suffix: str) -> bytes:
    if suffix == "xz":
        return lzma.compress(data)
    return bytes(zstd().compress(data)) if suffix == "zst" else gzip.compress(data, mtime=0)


def deb(control: str, files: dict[str, bytes], suffix: str) -> bytes:
    members = {
        "debian-binary": b"2.0\n",
        f"control.tar.{suffix}": compressed(tar({"md5sums": b"", "control": control.encode()}), suffix),
        f"data.tar.{suffix}": compressed(tar(files), suffix),
    }
    data = b"!<arch>\n"
    for name, content in members.items():
        data += f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(content):<10}`\n".encode() + content
        data += b"\n" * (len(content) % 2)
    return data


def package(name: str, version: str, fields: str, suffix: str) -> str:
    """Write a package into the pool; gives its paragraph for the list."""
    control = f"Package: {name}\nVersion: {version}\nArchitecture: amd64\nInstalled-Size: 7\n{fields}"
    control += "Maintainer: Nobody <nobody@example.test>\nDescription: a test\n of several lines\n"
    data = deb(control, {f"usr/share/doc/{name}/copyright": b"free\n", f"usr/bin/{name}": version.encode()}, suffix)
    path = ROOT / "pool" / f"{name}_{version.replace('~', '.')}_amd64.deb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    where = f"Filename: {path.relative_to(ROOT)}\nSize: {len(data)}\nSHA256: {hashlib.sha256(data).hexdigest()}\n"
    return control + where


def suite(name: str, paragraphs: list[str], home: str) -> None:
    folder = ROOT / "dists" / name / "main" / "binary-amd64"
    folder.mkdir(parents=True)
    packed = lzma.compress("\n".join(paragraphs).encode())
    (folder / "Packages.xz").write_bytes(packed)
    release = (
        f"Origin: test\nSuite: {name}\nCodename: {name}\nDate: Sat, 11 Jul 2026 10:16:37 UTC\n"
        f"Architectures: amd64\nComponents: main\nSHA256:\n"
        f" {hashlib.sha256(packed).hexdigest()} {len(packed)} main/binary-amd64/Packages.xz\n"
    )
    command = [*GPG, "--homedir", home, "--clearsign", "--output", str(folder.parents[1] / "InRelease")]
    subprocess.run(command, input=release.encode(), check=True)


def main() -> None:
    shutil.rmtree(ROOT, ignore_errors=True)
    ROOT.mkdir()
    with tempfile.TemporaryDirectory() as home:
        gpg = [*GPG, "--homedir", home, "--passphrase", ""]
        subprocess.run([*gpg, "--quick-gen-key", "test archive", "ed25519", "sign", "never"], check=True)
        for options, name in (([], "keyring.gpg"), (["--armor"], "keyring.asc")):
            (ROOT / name).write_bytes(subprocess.check_output([*gpg, *options, "--export"]))
        suffixes = iter(["xz", "zst", "gz"] * 9)
        for name, (first, version) in SUITES.items():
            paragraphs = [package(first, version, "", next(suffixes))]
            if name == "steady":
                paragraphs += [package(extra, "1.0-1", fields, next(suffixes)) for extra, fields in EXTRA.items()]
            suite(name, paragraphs, home)


if __name__ == "__main__":
    main()
