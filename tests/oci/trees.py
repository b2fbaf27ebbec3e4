"""Random folder trees, what is in them, and images made of them; the same for the same seed."""

from __future__ import annotations

import os
import random
import stat
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

from jettison.oci import Compression, Config, Descriptor, Entry, History, Platform, create, put_image, written
from jettison.records import Layer, finished

NAMES = [
    b"plain",
    b"with space",
    b"back\\slash",
    b"new\nline",
    b"-dash",
    b"+plus",
    b".hidden",
    b"\xff\xfe not utf-8",
    "grüße".encode(),
    b"x" * 101,
    b"y" * 255,
    b"z" * 100,
    b"a",
    b"b",
    b"c",
]


def random_tree(root: Path, seed: int, *, depth: int = 4) -> None:
    """Files, folders, links and hard links below `root`."""
    dice = random.Random(seed)
    root.mkdir(parents=True, exist_ok=True)
    files: list[Path] = []
    folders = [root]
    for _ in range(30):
        path = dice.choice(folders) / os.fsdecode(dice.choice(NAMES))
        if os.path.lexists(path) or len(os.fsencode(path)) > 1500:
            continue
        kind = dice.choice(["file", "file", "folder", "folder", "symlink", "hardlink"])
        if kind == "folder" and len(path.relative_to(root).parts) < depth:
            path.mkdir(mode=0o755)
            folders.append(path)
        elif kind == "symlink":
            path.symlink_to(dice.choice(["/etc/passwd", "../..", "nowhere", "l" * 150]))
        elif kind == "hardlink" and files:
            path.hardlink_to(dice.choice(files))
        else:
            path.write_bytes(dice.randbytes(dice.choice([0, 1, 511, 512, 513, 5000])))
            path.chmod(dice.choice([0o644, 0o755]))
            files.append(path)


def listing(root: Path) -> dict[bytes, tuple[object, ...]]:
    """Everything below a folder: kind, mode, content or target, and which names share one file."""
    found: dict[bytes, tuple[object, ...]] = {}
    first_names: dict[int, bytes] = {}
    for path in sorted(root.rglob("*"), key=os.fsencode):
        status = path.lstat()
        mode = stat.S_IMODE(status.st_mode)
        name = os.fsencode(path.relative_to(root))
        if stat.S_ISLNK(status.st_mode):
            found[name] = ("symlink", os.fsencode(os.readlink(path)))  # noqa: PTH115 - a Path would tidy it up
        elif stat.S_ISDIR(status.st_mode):
            found[name] = ("folder", mode)
        else:
            found[name] = ("file", mode, path.read_bytes(), first_names.setdefault(status.st_ino, name))
    return found


def image_of(layout: Path, stack: Sequence[Iterable[Entry]], compression: Compression | None = None) -> list[Layer]:
    """An OCI layout with one layer for each list of entries, tagged ``made:1``."""
    create(layout)
    layers = [
        finished(written(entries, layout, name=f"l{i}", compression=compression)) for i, entries in enumerate(stack)
    ]
    put_image(
        layout,
        config=Config(
            platform=Platform(),
            created="1970-01-01T00:00:00Z",
            environment=(("PATH", "/usr/bin"),),
            command=("/bin/true",),
            workdir="/",
            user="65532",
            ports=("8080/tcp",),
            diff_ids=tuple(layer.diff_id for layer in layers),
            history=tuple(History(created="1970-01-01T00:00:00Z", created_by="test") for _ in layers),
        ),
        layers=tuple(
            Descriptor(media_type=layer.media_type, digest=layer.digest, size_bytes=layer.compressed_bytes)
            for layer in layers
        ),
        reference="example.test/made:1",
    )
    return layers


def umoci_unpacked(layout: Path, into: Path, tag: str = "1") -> Path:
    """The root file system as umoci, which is not ours, unpacks it."""
    subprocess.run(
        ["umoci", "unpack", "--rootless", "--image", f"{layout}:{tag}", str(into)], check=True, capture_output=True
    )
    return into / "rootfs"
