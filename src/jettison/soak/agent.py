"""Runs inside every Python process of a service that is soaked: answers what the process holds, and nothing else.

A program for the service's own Python (3.8 or later, standard library only), never imported by us: it is mounted
under the name ``sitecustomize.py`` in a folder on ``PYTHONPATH``, lets another ``sitecustomize`` run after itself, and
listens on ``$JETTISON_AGENT/PID.sock``. One connection is one line of JSON in, ``{"do": NAME, …}``, and one line out.
It sleeps in ``accept`` meanwhile, so an idle agent costs nothing. Forked workers get an agent of their own.

Neither ``socket`` nor ``threading`` is used: gevent and its like put their own in their place.
"""

from __future__ import annotations

import _socket
import _thread
import gc
import json
import os
import sys

try:  # now and not when first asked: a fork in the middle of an import leaves half of it to the child
    import ctypes
except ImportError:
    ctypes = None  # type: ignore[assignment]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

VARIABLE = "JETTISON_AGENT"
"""Names the folder of the sockets; without it nothing begins."""
PORTS = "JETTISON_AGENT_PORT"
"""``8080:43117``: who binds the first port gets the second."""
_LONGEST_LINE = 1 << 20


def meter(asked: dict[str, Any]) -> dict[str, Any]:
    """What the process holds, in bytes, after its garbage is collected.

    ``heap``: what the C allocator has given out (small Python objects are not in it). ``blocks_bytes``: what pymalloc
    has given out. Together they are all that is in use, to the byte. ``arenas_bytes``: what pymalloc keeps for it.
    What cannot be read is None, and ``missing`` says why.
    """
    missing: dict[str, str] = {}
    collects = gc.isenabled()
    if collects and asked.get("collect", True):
        gc.collect()  # cycles are no leak, unless the app has switched their collection off
    found: dict[str, Any] = {
        "pid": os.getpid(),
        "parent": os.getppid(),
        "collects": collects,
        "seconds": sum(os.times()[:2]),
    }
    if _HEAP is None:
        missing["heap"] = _LIBRARY.missing
    found["heap"] = _HEAP.in_use(missing) if _HEAP else None
    found["allocator"] = _HEAP.NAME if _HEAP else ""
    found["blocks"] = sys.getallocatedblocks()
    found["blocks_bytes"], found["arenas_bytes"] = _pymalloc(missing)
    found.update(_from_kernel(missing))
    found["missing"] = missing
    return found


def trim(asked: dict[str, Any]) -> dict[str, Any]:
    """Ask the C allocator to give back what it keeps; ``trimmed`` is False when it has no such thing."""
    if gc.isenabled():
        gc.collect()
    return {"trimmed": bool(_HEAP and _HEAP.trim())}


def extend(asked: dict[str, Any]) -> dict[str, Any]:
    """Take in more commands: the Python file ``asked["file"]`` is run, and its ``COMMANDS`` are added to these."""
    names = {"__name__": "_jettison_agent_more", "__file__": asked["file"], "agent": sys.modules[_NAME]}
    with open(asked["file"], "rb") as file:
        exec(compile(file.read(), asked["file"], "exec"), names)  # our own file, beside this one
    COMMANDS.update(names["COMMANDS"])
    return {"commands": sorted(COMMANDS)}


COMMANDS = {"meter": meter, "trim": trim, "extend": extend}
"""A command gets the dictionary that was sent and gives back one that becomes JSON."""


class _Library:
    """The C library and the interpreter's own C functions; `missing` says why there are none."""

    def __init__(self) -> None:
        self.missing = "" if ctypes else "this Python has no ctypes"
        self.c: Any = (
            ctypes.CDLL(None) if ctypes else None
        )  # one of our own: what it is told of results is not the app's
        self.python: Any = ctypes.pythonapi if ctypes else None

    def has(self, name: str) -> bool:
        return hasattr(self.c, name)


class _Glibc:
    """mallinfo2, or before glibc 2.33 mallinfo, whose figures are those of 32 bits."""

    NAME = "glibc"

    def __init__(self, library: _Library) -> None:
        wide = library.has("mallinfo2")
        number = ctypes.c_size_t if wide else ctypes.c_uint
        names = ("arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keep")
        self._info = type("mallinfo", (ctypes.Structure,), {"_fields_": [(name, number) for name in names]})
        self._ask = library.c.mallinfo2 if wide else library.c.mallinfo
        self._ask.restype = self._info
        self._trim = library.c.malloc_trim

    def in_use(self, missing: dict[str, str]) -> int | None:
        info = self._ask()
        return int(info.uordblks + info.hblkhd)

    def trim(self) -> bool:
        self._trim(0)
        return True


class _Jemalloc:
    """Its own statistics, which it keeps by default."""

    NAME = "jemalloc"

    def __init__(self, library: _Library) -> None:
        self._control = library.c.mallctl

    def in_use(self, missing: dict[str, str]) -> int | None:
        epoch, size = ctypes.c_uint64(1), ctypes.c_size_t(8)
        self._control(b"epoch", ctypes.byref(epoch), ctypes.byref(size), ctypes.byref(epoch), size)
        total, size = ctypes.c_size_t(), ctypes.c_size_t(ctypes.sizeof(ctypes.c_size_t))
        if self._control(b"stats.allocated", ctypes.byref(total), ctypes.byref(size), None, ctypes.c_size_t(0)) != 0:
            missing["heap"] = "this jemalloc keeps no statistics"
            return None
        return total.value

    def trim(self) -> bool:
        everywhere = b"arena.4096.purge"  # MALLCTL_ARENAS_ALL
        return bool(self._control(everywhere, None, None, None, ctypes.c_size_t(0)) == 0)


def _heap_of(library: _Library) -> _Glibc | _Jemalloc | None:
    """The C allocator's meter; None when it has none that we know, and the library's `missing` says why."""
    if library.has("mallctl"):
        return _Jemalloc(library)
    if library.has("mi_malloc") or library.has("tc_malloc"):
        library.missing = "the process runs on an allocator without a meter (mimalloc or tcmalloc)"
    elif library.has("mallinfo2") or library.has("mallinfo"):
        return _Glibc(library)
    library.missing = library.missing or "this C library has no mallinfo2 (musl has none)"
    return None


_LIBRARY = _Library()
_HEAP = _heap_of(_LIBRARY)


def _pymalloc(missing: dict[str, str]) -> tuple[int | None, int | None]:
    """Bytes in blocks that pymalloc has given out, and in the arenas that it keeps, from its own account."""
    library, c = _LIBRARY, _LIBRARY.c
    if not hasattr(library.python, "_PyObject_DebugMallocStats"):
        missing["blocks_bytes"] = library.missing or "this Python was built without pymalloc"
        return None, None
    text, size = ctypes.c_void_p(), ctypes.c_size_t()
    c.open_memstream.restype = ctypes.c_void_p
    stream = ctypes.c_void_p(c.open_memstream(ctypes.byref(text), ctypes.byref(size)))
    is_on = library.python._PyObject_DebugMallocStats(stream)
    c.fclose(stream)
    account = ctypes.string_at(text, size.value)
    c.free(text)
    if not is_on:
        return 0, 0  # PYTHONMALLOC=malloc: the C allocator has it all
    blocks = arenas = None
    for line in account.split(b"\n"):
        if line.startswith(b"# bytes in allocated blocks"):
            blocks = _number(line)
        elif b" bytes/arena " in line:
            arenas = _number(line)
    if blocks is None:
        missing["blocks_bytes"] = "this Python keeps no account of pymalloc"
    return blocks, arenas


def _number(line: bytes) -> int:
    return int(line.rpartition(b"=")[2].replace(b",", b""))


def _from_kernel(missing: dict[str, str]) -> dict[str, int | None]:
    """Resident, anonymous, proportional and own bytes, the peak, threads, files; of this process no right is needed."""
    names = ("resident", "anonymous", "proportional", "own", "peak", "threads")
    found: dict[str, int | None] = dict.fromkeys(names)
    for line in _lines("/proc/self/status"):
        name, _, value = line.partition(":")
        if name == "VmHWM":
            found["peak"] = int(value.split()[0]) * 1024
        elif name == "VmRSS":
            found["resident"] = int(value.split()[0]) * 1024
        elif name == "RssAnon":
            found["anonymous"] = int(value.split()[0]) * 1024
        elif name == "Threads":
            found["threads"] = int(value)
    own = 0
    for line in _lines("/proc/self/smaps_rollup"):
        name, _, value = line.partition(":")
        if name == "Pss":
            found["proportional"] = int(value.split()[0]) * 1024
        elif name in ("Private_Clean", "Private_Dirty"):
            own += int(value.split()[0]) * 1024
            found["own"] = own
    if found["proportional"] is None:
        missing["proportional"] = missing["own"] = "this kernel has no smaps_rollup"
    try:
        found["descriptors"] = len(os.listdir("/proc/self/fd")) - 1
    except OSError:
        found["descriptors"] = None
    return found


def _lines(path: str) -> list[str]:
    """Of a small file of the kernel; read without a file object, of which each leaves blocks behind."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return []
    try:
        return os.read(descriptor, 65536).decode().split("\n")
    finally:
        os.close(descriptor)


_NAME = "_jettison_agent"


def _serve(listener: Any) -> None:
    while True:
        connection = _socket.socket(fileno=listener._accept()[0])
        try:
            asked = json.loads(_line(connection))
            try:
                answer = COMMANDS[asked["do"]](asked)
            except Exception as error:  # noqa: BLE001  (whatever goes wrong is for the one who asked, not for the service)
                answer = {"error": "%s: %s" % (type(error).__name__, error)}  # noqa: UP031
            connection.sendall(json.dumps(answer).encode() + b"\n")
        except (OSError, ValueError, KeyError, TypeError):
            pass  # who asked is gone, or is none of ours
        finally:
            connection.close()


def _line(connection: Any) -> str:
    found = b""
    while not found.endswith(b"\n") and len(found) < _LONGEST_LINE:
        piece = connection.recv(65536)
        if not piece:
            break
        found += piece
    return found.decode()


_LISTENER: Any = None
"""Of this process; in a child that was forked just now, its parent's."""


def _listen() -> None:
    """Begin in this process: also what a forked child calls."""
    global _LISTENER  # noqa: PLW0603  (one a process, as the process is)
    if _LISTENER is not None:
        _LISTENER.close()  # open in a child that outlives its parent, it would take connections that nobody answers
        _LISTENER = None
    place = os.path.join(os.environ.get(VARIABLE, ""), f"{os.getpid()}.sock")
    listener = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    try:
        if os.path.exists(place):
            os.unlink(place)
        listener.bind(place)
        listener.listen(8)
    except OSError:
        listener.close()  # a child that may not write there: it is not metered, and it is not disturbed
        return
    _LISTENER = listener
    _thread.start_new_thread(_serve, (listener,))


def _moved_port() -> None:
    """The service may name its port in its code: then it is bound on the one that was chosen for it."""
    fixed, _, free = os.environ.get(PORTS, "").partition(":")
    if not free:
        return
    import socket

    bind = socket.socket.bind

    def moved(self: Any, address: Any) -> None:
        if isinstance(address, tuple) and str(address[1]) == fixed:
            address = (address[0], int(free), *address[2:])
        return bind(self, address)

    socket.socket.bind = moved  # type: ignore[method-assign]


def _next_sitecustomize(own: str) -> None:
    """The one that would have been found without ours runs as it would have."""
    import importlib.machinery
    import importlib.util

    sys.path[:] = [folder for folder in sys.path if os.path.abspath(folder) != own]
    spec = importlib.machinery.PathFinder.find_spec("sitecustomize", sys.path)
    if spec is None or spec.loader is None:
        return
    module = importlib.util.module_from_spec(spec)
    sys.modules["sitecustomize"] = module
    spec.loader.exec_module(module)


if __name__ == "sitecustomize":
    sys.modules[_NAME] = sys.modules["sitecustomize"]
    if os.environ.get(VARIABLE):
        _moved_port()
        _listen()
        os.register_at_fork(after_in_child=_listen)
    _next_sitecustomize(os.path.dirname(os.path.abspath(__file__)))
