"""A window in which every allocation of the service is written down. Runs inside the service; stdlib only.

memray does it where it fits; it lies in a folder of its own that is on ``sys.path`` only while it is imported. Else
tracemalloc does: Python's own memory, without that of C code. Both leave a file that can be read after a kill.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

MARK_BYTES = 1_000_003
"""Size of the first mark. A mark is one allocation, let go at once, that is larger by its number: the reader knows
by it, to the allocation, which part of the window it is in."""
END_BYTES = 900_001
"""Size of the mark that ends the window."""
CAPTURE, SNAPSHOTS = "capture.bin", "snapshots.jsonl"
OWN = str(Path(__file__).resolve().parent.parent)
"""Stacks with a file of the agent are ours, not the service's."""
_DEEPEST = 25
_MOST_STACKS = 400
_ONLY_FOR_SHOW = {
    "rich": ("print",),
    "rich.progress": ("Progress", "SpinnerColumn"),
    "typing_extensions": ("TypedDict",),
}
"""What memray imports besides the standard library, and only its command line uses."""
_RAW = {
    "malloc": "PyMem_RawMalloc",
    "calloc": "PyMem_RawCalloc",
    "realloc": "PyMem_RawRealloc",
    "free": "PyMem_RawFree",
    "strdup": "_PyMem_RawStrdup",
}


def load_memray(folder: str) -> Any:
    """The module, imported from that folder.

    :raises ImportError: it does not fit this Python
    """
    stand_ins = [name for name in _ONLY_FOR_SHOW if name not in sys.modules]
    for name in stand_ins:
        module = types.ModuleType(name)
        for member in _ONLY_FOR_SHOW[name]:
            setattr(module, member, dict)
        sys.modules[name] = module
    sys.path.insert(0, folder)
    try:
        found = importlib.import_module("memray")
        importlib.import_module("memray.reporters.module_tools")
        return found
    finally:
        sys.path.remove(folder)
        for name in stand_ins:
            del sys.modules[name]


def collected() -> None:
    """Cycles are no leak, unless the app has switched their collection off: then they are what is looked for."""
    if gc.isenabled():
        gc.collect()


class MemrayWindow:
    """Allocations of Python and of C, with their stacks."""

    def __init__(self, memray: Any, folder: Path, native: bool) -> None:
        self.tracer = f"memray {memray.__version__}"
        self._tracker = memray.Tracker(str(folder / CAPTURE), native_traces=native, trace_python_allocators=True)
        self._redirected = Redirected()
        self._tracker.__enter__()

    def mark(self, number: int) -> None:
        """The next part of the window begins.

        A collection empties Python's lists of freed small objects: else one that is kept may lie in memory that was
        asked for before, and is not seen.
        """
        collected()
        bytes(MARK_BYTES + number)

    def close(self, number: int) -> None:
        """The last mark; nothing is written down from here on."""
        collected()
        bytes(END_BYTES)
        self._tracker.__exit__(None, None, None)
        self._redirected.undo()


class TracemallocWindow:
    """Python's own memory by stack; a line of JSON for each mark."""

    tracer = "tracemalloc"

    def __init__(self, folder: Path) -> None:
        import tracemalloc

        self._tracemalloc = tracemalloc
        self._path = folder / SNAPSHOTS
        tracemalloc.start(_DEEPEST)

    def mark(self, number: int) -> None:
        """What lives now of all that was allocated since the window began."""
        collected()
        stacks: list[Any] = []
        for each in self._tracemalloc.take_snapshot().statistics("traceback"):
            frames = [(frame.filename, frame.lineno) for frame in reversed(each.traceback)]
            if not any(file.startswith(OWN) for file, _ in frames):
                stacks.append({"stack": frames, "bytes": each.size, "count": each.count})
            if len(stacks) >= _MOST_STACKS:
                break
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"mark": number, "stacks": stacks}) + "\n")

    def close(self, number: int) -> None:
        """The last mark. Objects keep their traces until `forget`."""
        self.mark(number)

    def forget(self) -> None:
        """No traces from here on."""
        self._tracemalloc.stop()


class Windows:
    """At most one window at a time."""

    def __init__(self) -> None:
        self._window: MemrayWindow | TracemallocWindow | None = None
        self._traced: TracemallocWindow | None = None
        self._marks = 0

    def track(self, folder: str, memray: str = "", native: bool = True) -> dict[str, str]:
        """Open a window. Gives who writes it down, why it is not memray, and the interpreter that can read it.

        :param folder: where the file goes
        :param memray: the folder that memray lies in; empty where there is none for this Python
        """
        self.untrack()
        self.forget()
        why = "" if memray else "memray has no wheel for this Python"
        if memray:
            try:
                self._window = MemrayWindow(load_memray(memray), Path(folder), native)
            except (ImportError, OSError, RuntimeError) as cause:
                why = f"memray does not run here: {cause}"
        if self._window is None:
            self._window = self._traced = TracemallocWindow(Path(folder))
        self._marks = 0
        return {"tracer": self._window.tracer, "why": why, "python": sys.executable}

    def mark(self) -> dict[str, int]:
        """Begin the next part of the window; what comes before the first mark belongs to none."""
        if self._window is None:
            raise RuntimeError("no window is open")
        self._window.mark(self._marks)
        self._marks += 1
        return {"marks": self._marks}

    def untrack(self) -> dict[str, int]:
        """Close the window, if one is open."""
        window, self._window = self._window, None
        if window is not None:
            window.close(self._marks)
        return {"marks": self._marks}

    def forget(self) -> dict[str, int]:
        """Let go of what a closed window still keeps in this process."""
        traced, self._traced = self._traced, None
        if traced is not None:
            traced.forget()
        return {}


class Redirected:
    """C's allocation functions, called through ctypes, go through Python's raw ones while a window is open.

    memray sees calls that go through the tables of a loaded library. ctypes asks the loader for the address of
    ``malloc`` and passes these by. Python's raw functions are that same malloc, called through such a table.
    """

    def __init__(self) -> None:
        self._undo: list[Callable[[], None]] = []
        ctypes = sys.modules.get("ctypes")
        if ctypes is None or _has_debug_allocator():
            return
        libc = ctypes.CDLL(None)
        places = {}
        for name, raw in _RAW.items():
            if hasattr(libc, name) and hasattr(ctypes.pythonapi, raw):
                places[_address(ctypes, getattr(libc, name))] = _address(ctypes, getattr(ctypes.pythonapi, raw))
        for each in gc.get_objects():
            if isinstance(each, ctypes._CFuncPtr):
                self._redirect(ctypes, each, places)
        taken = ctypes.CDLL.__getitem__

        def lookup(library: Any, name: Any) -> Any:
            function = taken(library, name)
            self._redirect(ctypes, function, places)
            return function

        ctypes.CDLL.__getitem__ = lookup
        self._undo.append(lambda: setattr(ctypes.CDLL, "__getitem__", taken))

    def _redirect(self, ctypes: Any, function: Any, places: dict[int, int]) -> None:
        was = _address(ctypes, function)
        if was in places:
            place = ctypes.c_void_p.from_address(ctypes.addressof(function))
            place.value = places[was]

            def undo(_kept: Any = function) -> None:
                place.value = was  # in the function's own memory, which is why it is kept

            self._undo.append(undo)

    def undo(self) -> None:
        """Everything as it was."""
        for each in reversed(self._undo):
            each()
        self._undo = []


def _address(ctypes: Any, function: Any) -> int:
    return ctypes.c_void_p.from_address(ctypes.addressof(function)).value or 0


def _has_debug_allocator() -> bool:
    """Its blocks have a head: C's ``free`` must not get one."""
    chosen = os.environ.get("PYTHONMALLOC", "")
    return bool(sys.flags.dev_mode or hasattr(sys, "gettotalrefcount") or "debug" in chosen.lower())


_WINDOWS = Windows()
COMMANDS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "track": lambda asked: _WINDOWS.track(asked["folder"], asked.get("memray", ""), asked.get("native", True)),
    "mark": lambda asked: _WINDOWS.mark(),
    "untrack": lambda asked: _WINDOWS.untrack(),
    "forget": lambda asked: _WINDOWS.forget(),
}
