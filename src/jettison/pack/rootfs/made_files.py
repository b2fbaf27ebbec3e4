"""The files that maintainer scripts would have made, made without running any."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

NONROOT = 65532
"""The usual number of an unprivileged user in images without a shell."""

_ACCOUNTS = {
    "etc/passwd": "root:x:0:0:root:/root:/usr/sbin/nologin\n"
    "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"
    f"nonroot:x:{NONROOT}:{NONROOT}:nonroot:/tmp:/usr/sbin/nologin\n",
    "etc/group": f"root:x:0:\nnogroup:x:65534:\nnonroot:x:{NONROOT}:\n",
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\nnetworks: files\n"
    "protocols: files\nservices: files\n",
}
_FOLDERS = ("dev", "proc", "sys", "run", "tmp", "var/tmp", "root", "usr/local/bin")
"""Where engines mount, and where programs write."""
_BUNDLE = "etc/ssl/certs/ca-certificates.crt"
_OPENSSL_FOLDER = "usr/lib/ssl"


def accounts_and_folders(root: Path) -> None:
    """Users by number, name look-up, and the folders that an engine expects."""
    for name, text in _ACCOUNTS.items():
        _write(root / name, text.encode())
    for name in _FOLDERS:
        (root / name).mkdir(parents=True, exist_ok=True)


def python_names(root: Path, python: str) -> None:
    """``python3`` and ``python`` beside the interpreter's full name."""
    for name in ("python3", "python"):
        link = root / "usr" / "bin" / name
        link.unlink(missing_ok=True)
        link.symlink_to(f"python{python}")


def certificate_bundle(root: Path, certificates: Iterable[Path]) -> None:
    """All certificates in one file, as ``update-ca-certificates`` writes it, where OpenSSL looks for it.

    :param certificates: PEM files; the bundle has them in the order of their names
    """
    texts = [path.read_bytes() for path in sorted(certificates, key=lambda path: path.name)]
    _write(root / _BUNDLE, b"".join(text if text.endswith(b"\n") else text + b"\n" for text in texts))
    folder = root / _OPENSSL_FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cert.pem").symlink_to(f"/{_BUNDLE}")
    (folder / "certs").symlink_to("/etc/ssl/certs")


def package_database(root: Path, packages: Iterable[tuple[str, str, tuple[str, ...]]]) -> None:
    """dpkg's status and file lists, by which scanners know what is installed.

    :param packages: for each its name, its control paragraph, and the paths that were kept
    """
    every = sorted(packages)
    status = []
    for name, control, paths in every:
        head, _, rest = control.strip().partition("\n")
        status.append(f"{head}\nStatus: install ok installed\n{rest}\n")
        listed = "".join(f"/{path}\n" for path in paths)
        _write(root / "var/lib/dpkg/info" / f"{name}.list", listed.encode("utf-8", "surrogateescape"))
    _write(root / "var/lib/dpkg/status", "\n".join(status).encode())


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    path.chmod(0o644)
