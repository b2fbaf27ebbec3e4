"""What stays in a service's memory after its requests: from which lines, by which stacks, and who holds it."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

LEAST_BYTES_PER_REQUEST = 8.0
"""Less than this a request accuses nobody."""
_DOUBLED = (1.4, 3.2)
"""Kept in twice as many requests as before, over what was kept in these: of a leak 2."""


@dataclass(frozen=True, kw_only=True)
class Frame:
    """One call of a stack."""

    function: str
    file: str
    """As the service sees it; relative to its folder for its own sources."""
    line: int
    """0 where it is not known."""
    own: bool = False
    """Of the service's own sources."""
    native: bool = False
    """C, C++, Rust."""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What one stack's allocations left behind."""

    stack: tuple[int, ...]
    """Indices into `Allocations.frames`, innermost first."""
    size_bytes: tuple[int, ...]
    """By part of the window in which it was allocated."""
    blocks: tuple[int, ...]
    """Allocations, by part."""


@dataclass(frozen=True, kw_only=True)
class Holder:
    """Why kept objects are alive: what a module, a frame or a task leads to them by."""

    name: str
    """``app.SEEN``; what follows a name is how it leads on: ``app.cache['items']``."""
    kind: str
    """The holder's type."""
    items: int | None = None
    """How many it holds; None when it is no container."""
    module: str = ""
    """The module at which the way begins; empty where it begins at a running function."""
    names: tuple[str, ...] = ()
    """Names on the way to the holder, its own first: ``("history", "Store")``."""
    through: str = ""
    """The way from the holder to one kept object."""
    kept: str = ""
    """The type of such an object."""
    task: str = ""
    """An asyncio task on the way, by its coroutine."""
    filled_at: tuple[str, ...] = ()
    """``file:line`` where the service's own sources add to it."""

    @property
    def sentence(self) -> str:
        """``app.SEEN, a list of 3,000 items``."""
        article = "an" if self.kind[:1] in "aeiou" else "a"
        size = "" if self.items is None else f" of {self.items:,} item{'' if self.items == 1 else 's'}"
        task = f", by tasks of {self.task}" if self.task else ""
        return f"{self.name}, {article} {self.kind}{size}{task}"


@dataclass(frozen=True, kw_only=True)
class Site:
    """A line that keeps what is allocated: it puts it where it stays, or where that is not to be told, allocates it."""

    file: str
    """Relative to the service's folder for its own sources, else as the service sees it."""
    line: int
    function: str
    own: bool
    """Of the service's own sources."""
    allocated_at: str = ""
    """``file:line`` that allocates it, where that is another one: the innermost own line of the stack."""
    native: bool
    """Most of it was allocated by C code."""
    size_bytes: tuple[int, ...]
    """Survivors by part of the window, all stacks through this line together."""
    blocks: tuple[int, ...]
    requests: tuple[int, ...]
    """Sent in each part."""
    stack: tuple[Frame, ...]
    """The one that keeps most, innermost first."""
    source: tuple[tuple[int, str], ...] = ()
    """Line numbers and text around it."""
    holder: Holder | None = None

    @property
    def windows(self) -> int:
        """Parts of the window that left survivors."""
        return sum(size > 0 for size in self.size_bytes)

    @property
    def bytes_per_request(self) -> float:
        """Of the median part: the table of a container that had to grow is in one part alone."""
        shares = [size / sent for size, sent in zip(self.size_bytes, self.requests, strict=True) if sent]
        return median(shares) if shares else 0.0

    @property
    def doubled(self) -> float | None:
        """Blocks that the later two thirds of the requests left over those of the first third: 2 for a leak.

        None when the first third left nothing.
        """
        first = round(len(self.requests) / 3)
        early, late = sum(self.blocks[:first]), sum(self.blocks[first:])
        return late / early if early else None

    @property
    def steady(self) -> bool:
        """It keeps some of every part, and twice as much of twice as many requests: a leak does, a cache does not."""
        ratio = self.doubled
        low, high = _DOUBLED
        return (
            len(self.requests) > 2 and self.windows == len(self.requests) and ratio is not None and low <= ratio <= high
        )

    @property
    def accused(self) -> bool:
        """Steady, and so much that it matters."""
        return self.steady and self.bytes_per_request >= LEAST_BYTES_PER_REQUEST

    @property
    def place(self) -> str:
        """``app.py:12``."""
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True, kw_only=True)
class Allocations:
    """One window: everything that was allocated in it and not let go by its end."""

    endpoint: str = ""
    """``POST /predict``"""
    tracer: str
    """``memray 1.20.0`` or ``tracemalloc``."""
    requests: tuple[int, ...]
    """Sent in each part of the window; the first third of the parts, then twice as many requests."""
    sites: tuple[Site, ...]
    """Those first that left survivors in most parts, then those that keep most."""
    frames: tuple[Frame, ...] = ()
    kept: tuple[Kept, ...] = ()
    """By stack, the largest first."""
    died: str = ""
    """How the service ended within the window; then it is what lived at its end. Empty when it did not."""
    notes: tuple[str, ...] = ()
    """What this tracer does not see."""

    @property
    def bytes_per_request(self) -> float:
        """Everything that was kept, over all requests."""
        return sum(sum(each.size_bytes) for each in self.kept) / max(1, sum(self.requests))

    @property
    def accused(self) -> tuple[Site, ...]:
        """The lines that leak."""
        return tuple(site for site in self.sites if site.accused)
