"""Images built, measured and run by buildah in a store of their own, without a daemon or a registry."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_LIBRARY = "docker.io/library/"
_BUILD_SECONDS = 1500


class NotBuiltError(Exception):
    """A Dockerfile that does not build; its message is the end of what buildah said."""


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One layer as it lies in the store, not packed."""

    size_bytes: int
    """Of its files; those that a lower layer holds too are counted again, as a registry and a host do."""
    files: int


@dataclass(frozen=True)
class Store:
    """A folder with images, apart from those that the machine's user may have."""

    root: Path

    def built(
        self, name: str, context: Path, dockerfile: Path, *, volumes: Sequence[str] = (), arguments: Sequence[str] = ()
    ) -> str:
        """Build as Docker does, a layer an instruction; what is said.

        :raises NotBuiltError: a step fails
        """
        mounts = [word for volume in volumes for word in ("--volume", volume)]
        return self._said(
            *("bud", "--layers", "--isolation", "chroot", "--pull-never", "--format", "docker"),
            *("--file", str(dockerfile), "--tag", f"{_LIBRARY}{name}", *mounts, *arguments, str(context)),
        )

    def has(self, name: str) -> bool:
        """Whether an image of that name is there."""
        return self._run("inspect", "--type", "image", f"{_LIBRARY}{name}").returncode == 0

    def config(self, name: str) -> dict[str, Any]:
        """What the image says about how it is run: ``Cmd``, ``Env``, ``User``."""
        said = json.loads(self._said("inspect", "--type", "image", f"{_LIBRARY}{name}"))
        found: dict[str, Any] = said["Docker"]["config"]
        return found

    def layers(self, name: str) -> tuple[Layer, ...]:
        """From the base up."""
        return tuple(_layer(folder) for folder in self.layer_folders(name))

    def layer_folders(self, name: str) -> tuple[Path, ...]:
        """Where the files of each layer lie, from the base up."""
        top = next(
            image["layer"]
            for image in json.loads((self.root / "overlay-images" / "images.json").read_text())
            if f"{_LIBRARY}{name}" in image.get("names", ())
        )
        by_id = {each["id"]: each for each in json.loads((self.root / "overlay-layers" / "layers.json").read_text())}
        found: list[Path] = []
        while top:
            found.append(self.root / "overlay" / top / "diff")
            top = by_id[top].get("parent", "")
        return tuple(reversed(found))

    def size_bytes(self, name: str) -> int:
        """Unpacked: all files of all layers."""
        return sum(layer.size_bytes for layer in self.layers(name))

    def from_archive(self, name: str, archive: Path) -> None:
        """An image with the content of a tar archive as its only layer."""
        container = self._said("from", "scratch").strip()
        try:
            self._said("add", container, str(archive), "/")
            self._said("config", "--cmd", "bash", container)
            self._said("commit", "--format", "docker", container, f"{_LIBRARY}{name}")
        finally:
            self._run("rm", container)

    def removed(self, keep: Sequence[str]) -> None:
        """Take away every image but these, with the layers that only the others have."""
        listed = json.loads(self._said("images", "--all", "--json") or "[]")
        kept = {f"{_LIBRARY}{name}" for name in keep}
        gone = [each["id"] for each in listed or () if not kept & set(each.get("names") or ())]
        self._run("rm", "--all")
        if gone:
            self._run("rmi", "--force", *gone)

    def cleared(self) -> None:
        """Throw everything away, what an interrupted build has left mounted too."""
        if self.root.is_dir():
            self._run("rm", "--all")
            self._run("umount", "--all")
            mounted = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
            for place in sorted((each for each in mounted if each.startswith(f"{self.root}/")), reverse=True):
                subprocess.run(["umount", place], check=True)
            shutil.rmtree(self.root)
        self.root.mkdir(parents=True)

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else builds in this store meanwhile: whoever clears up would take away what the other builds on."""
        self.root.parent.mkdir(parents=True, exist_ok=True)
        with self.root.with_suffix(".lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    @contextlib.contextmanager
    def running(self, name: str, environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
        """The image's own command, as its own user, on the machine's network; ended at the end."""
        container = self._said("from", "--pull-never", f"{_LIBRARY}{name}").strip()
        config = self.config(name)
        command = [*(config.get("Entrypoint") or ()), *(config.get("Cmd") or ())]
        variables = [word for key, value in environment.items() for word in ("--env", f"{key}={value}")]
        log = self.root / f"{container}.log"
        with log.open("wb") as said:
            process = subprocess.Popen(
                self._argv("run", "--isolation", "chroot", *variables, container, "--", *command),
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            process.log = log  # type: ignore[attr-defined]
            try:
                yield process
            finally:
                _ended(process)
                self._run("rm", container)
                log.unlink()

    def _argv(self, command: str, *arguments: str) -> list[str]:
        place = ("--root", str(self.root), "--runroot", str(self.root / "run"), "--storage-driver", "overlay")
        return ["buildah", *place, command, *arguments]

    def _run(self, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        self.root.mkdir(parents=True, exist_ok=True)
        return subprocess.run(
            self._argv(command, *arguments),
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=_BUILD_SECONDS,
        )

    def _said(self, command: str, *arguments: str) -> str:
        done = self._run(command, *arguments)
        if done.returncode:
            raise NotBuiltError(f"{done.stdout[-2500:]}\n{done.stderr[-1500:]}".strip())
        return done.stdout


def can_build() -> bool:
    """Whether this machine has what is needed."""
    return bool(shutil.which("buildah") and shutil.which("mmdebstrap")) and os.geteuid() == 0


def _layer(folder: Path) -> Layer:
    size = files = 0
    seen: set[int] = set()
    for place, _, names in os.walk(folder):
        for name in names:
            status = Path(place, name).lstat()
            if status.st_nlink > 1 and status.st_ino in seen:
                continue
            seen.add(status.st_ino)
            files += 1
            size += status.st_size
    return Layer(size_bytes=size, files=files)


def _ended(process: subprocess.Popen[bytes]) -> None:
    """The command with all that it started: what runs below buildah is in a session of its own."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        deadline = time.monotonic() + 10
        while process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
