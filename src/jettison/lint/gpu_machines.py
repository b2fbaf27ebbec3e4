"""Files that are for a machine with a GPU, by their name, or because they reserve one."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable

_FOR_GPU = re.compile(
    r"(?:^|[./_-])(?:gpu|cuda|rocm|nvidia|cu\d{3}|tensorrt|trt|jetson|l4t|tegra)(?:[./_-]|$)", re.IGNORECASE
)
_MANIFEST = re.compile(r"\.ya?ml$", re.IGNORECASE)
_NO_MANIFEST = re.compile(
    r"(^|/)(\.[^/]+|docs?|[^/]*examples?|test[^/]*|tools|node_modules|site-packages|conda[^/]*|environment[^/]*)"
    r"(/(?!cog\.yaml$)|\.ya?ml$)"
)
_RESERVED = re.compile(
    r"^\s*gpu:\s*(?:true|yes)\b|"  # cog.yaml
    r"^[^#\n]*(nvidia\.com/gpu|\bdriver:\s*[\"']?nvidia|\bruntime:\s*[\"']?nvidia|\bgpus:\s*(all|[\"']all|[1-9])|"
    r"\bcapabilities:\s*\[[^]\n]*\bgpu\b)",
    re.MULTILINE,
)
_LARGEST_BYTES = 200_000


def for_gpu(path: str) -> bool:
    """Whether a file says by its name that it is for a machine with a GPU."""
    return bool(_FOR_GPU.search(path))


def runs_on_gpu(texts: Collection[str], identifiers: Collection[str]) -> bool:
    """Code names CUDA as its device, no CPU beside it, and does not ask whether there is a GPU.

    :param texts: words of its strings
    :param identifiers: its names
    """
    return "cuda" in texts and "cpu" not in texts and "is_available" not in identifiers


def gpu_reserved_in(files: Iterable[tuple[str, int]], text: Callable[[str], str | None]) -> str:
    """The first manifest that reserves one; empty for none. Files that say ``gpu`` in their name are for other machines
    than those beside them.

    :param files: paths in the folder, with their sizes in bytes
    :param text: what is in a file
    """
    for path, size in files:
        if not _MANIFEST.search(path) or _NO_MANIFEST.search(path) or size > _LARGEST_BYTES or for_gpu(path):
            continue
        if _RESERVED.search(text(path) or ""):
            return path
    return ""
