"""``tf.io.gfile``: files of this machine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import Self

__all__ = ["FastGFile", "GFile", "exists"]


class GFile:
    """An open file, for reading, as text or bytes. As in TensorFlow, lines lose their carriage returns, `read` none.

    :raises ValueError: it shall be written.
    """

    def __init__(self, name: str | os.PathLike[str], mode: str = "r") -> None:
        if mode not in ("r", "rb"):
            raise ValueError(f"files are read here, not opened with {mode!r}")
        self.name, self.mode = name, mode
        self._file = Path(name).open("rb")  # noqa: SIM115  (the service closes it)

    def read(self, n: int = -1) -> Any:
        """So many bytes, or what is left."""
        return self._given(self._file.read(n))

    def readline(self) -> Any:
        """The next line with its end; empty behind the last."""
        return self._given(self._file.readline().replace(b"\r", b""))

    def readlines(self) -> list[Any]:
        """All lines that are left."""
        return list(self)

    def size(self) -> int:
        """Bytes of the file."""
        return os.fstat(self._file.fileno()).st_size

    def seek(self, offset: int) -> None:
        """Go on reading at this byte."""
        self._file.seek(offset)

    def tell(self) -> int:
        """The byte that is read next."""
        return self._file.tell()

    def close(self) -> None:
        """Done with it."""
        self._file.close()

    def _given(self, raw: bytes) -> Any:
        return raw if "b" in self.mode else raw.decode()

    def __iter__(self) -> Iterator[Any]:
        return iter(self.readline, self._given(b""))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


FastGFile = GFile


def exists(path: str | os.PathLike[str]) -> bool:
    """Whether there is a file or folder of that name."""
    return Path(path).exists()
