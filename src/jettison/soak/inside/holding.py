"""Who holds what was kept: the shortest way from a module, a running frame or a waiting task to given objects.

Runs inside the service; stdlib only. One walk over everything that is alive, from all roots at once, finds the ways to
all objects that are asked for; where the ways to several objects of one line part is what holds them.
"""

from __future__ import annotations

import collections
import gc
import sys
import time
import types
from collections.abc import Callable, Iterator
from typing import Any

_HEADS = (0, 16, 32, 48)
"""How far behind its allocation an object may begin: after the collector's head, its dict and its weak references."""
_SMALLEST_BYTES = 16
_LONGEST_NAME = 60
_CONTAINERS = (list, dict, set, frozenset, tuple, collections.deque)
_WEAK = ("_weakrefset", "weakref", "_weakref")
"""Of types that hold nothing."""
_ADDRESSES = 16
_TICK = 4096


class Walk:
    """Breadth first over everything alive: index of each object's parent, in the order of discovery."""

    def __init__(self, wanted: Callable[[Any], tuple[int, ...]], sites: int, seconds: float, most: int) -> None:
        self.found: list[list[int]] = [[] for _ in range(sites)]
        """Per site the indices of its objects."""
        self.objects: list[Any] = []
        self.parents: list[int] = []
        self.roots: dict[int, str] = {}
        """Index → what a root is called."""
        self.complete = True
        self._seen: set[int] = set()
        self._wanted = wanted
        self._until = time.monotonic() + seconds
        self._most = most
        self._next = 0

    def add_root(self, thing: Any, name: str) -> None:
        """Somewhere to begin."""
        if id(thing) not in self._seen:
            self.roots[len(self.objects)] = name
            self._take(thing, -1)

    def run(self) -> None:
        """Go on until everything was seen, or time or room runs out."""
        while self._next < len(self.objects):
            if len(self.objects) > self._most or (self._next % _TICK == 0 and time.monotonic() > self._until):
                self.complete = False
                return
            parent, self._next = self._next, self._next + 1
            if type(self.objects[parent]).__module__ in _WEAK:
                continue
            for child in gc.get_referents(self.objects[parent]):
                if id(child) not in self._seen and not _is(child, types.ModuleType):
                    self._take(child, parent)

    def _take(self, thing: Any, parent: int) -> None:
        self._seen.add(id(thing))
        for site in self._wanted(thing):
            if len(self.found[site]) < _ADDRESSES:
                self.found[site].append(len(self.objects))
        self.objects.append(thing)
        self.parents.append(parent)

    def way(self, index: int) -> list[int]:
        """Indices from a root to the object."""
        way = []
        while index >= 0:
            way.append(index)
            index = self.parents[index]
        return way[::-1]


def holders(asked: dict[str, Any]) -> dict[str, Any]:
    """The holder of the objects of each site.

    A site is ``{"addresses": [[address, size], …]}`` of allocations, or ``{"file": …, "line": …}`` while tracemalloc
    runs. The answer for it is None where nothing in Python holds such an object, else the holder's ``name``, ``kind``,
    ``items`` and ``module``, ``names`` on the way to it, ``through`` (from it to one object), the ``type`` of that
    object, and ``task``.
    """
    sites = asked["sites"]
    if gc.isenabled():  # else its cycles are what is looked for
        gc.collect()
    walk = Walk(_matcher(sites), len(sites), asked.get("seconds", 10.0), asked.get("most", 2_000_000))
    # The service's own modules first: of two ways of one length the one that a person knows.
    own = tuple(asked.get("own", ()))
    modules = [(name, module) for name, module in list(sys.modules.items()) if _is(module, types.ModuleType)]
    modules.sort(key=lambda each: not str(getattr(each[1], "__file__", "") or "").startswith(own) if own else 0)
    for name, module in modules:
        if not name.startswith("_jettison_agent"):
            walk.add_root(vars(module), name)
    walk.run()
    for name, variables in _running():
        walk.add_root(variables, name)
    walk.run()
    # An address that was given out again since leads to an object that has nothing to do with its site.
    enough = [min(_ADDRESSES, len(site.get("addresses", ()))) // 4 for site in sites]
    found = [each if len(each) > least else [] for each, least in zip(walk.found, enough)]
    return {"holders": [_holder(walk, each) for each in found], "complete": walk.complete}


def _matcher(sites: list[dict[str, Any]]) -> Callable[[Any], tuple[int, ...]]:
    by_address: dict[int, tuple[int, ...]] = {}
    lines: dict[tuple[str, int], int] = {}
    for number, site in enumerate(sites):
        for address, size in site.get("addresses", ()):
            # Behind its end the next block begins, which is another object's.
            for place in (address + head for head in _HEADS if head == 0 or head + _SMALLEST_BYTES <= size):
                by_address[place] = (*by_address.get(place, ()), number)
        if "file" in site:
            lines[site["file"], site["line"]] = number
    if not lines:
        tables = _tables()

        def by_place(thing: Any) -> tuple[int, ...]:
            found = by_address.get(id(thing), ())
            if not found and type(thing) in tables:
                found = by_address.get(tables[type(thing)](thing), ())
            return found

        return by_place
    import tracemalloc

    def by_line(thing: Any) -> tuple[int, ...]:
        trace = tracemalloc.get_object_traceback(thing)
        for frame in reversed(trace or ()):
            if (frame.filename, frame.lineno) in lines:
                return (lines[frame.filename, frame.lineno],)
        return ()

    return by_line


def _tables() -> dict[type, Callable[[Any], int]]:
    """Where dicts and lists keep their tables, which are allocations of their own: a pointer in CPython's objects."""
    try:
        import ctypes
    except ImportError:
        return {}
    if sys.implementation.name != "cpython" or hasattr(sys, "gettotalrefcount"):
        return {}
    size = ctypes.sizeof(ctypes.c_void_p)

    def at(words: int) -> Callable[[Any], int]:
        return lambda thing: ctypes.c_void_p.from_address(id(thing) + words * size).value or 0

    return {list: at(3), dict: at(4)}


def _running() -> Iterator[tuple[str, dict[str, Any]]]:
    """The variables of functions that are running, but those of this thread."""
    import _thread

    for thread, frame in sys._current_frames().items():
        inner: types.FrameType | None = frame
        while inner is not None and thread != _thread.get_ident():
            if inner.f_code.co_name != "<module>":
                # A running frame shows the collector nothing.
                yield f"{_module_of(inner.f_globals)}.{inner.f_code.co_name}", dict(inner.f_locals)
            inner = inner.f_back


def _holder(walk: Walk, found: list[int]) -> dict[str, Any] | None:
    """Where the ways to the objects of a site part."""
    if not found:
        return None
    ways = [walk.way(index) for index in found]
    # Objects of several roots: those of the root that most have.
    root, _ = collections.Counter(way[0] for way in ways).most_common(1)[0]
    ways = [way for way in ways if way[0] == root]
    parted = 0
    while all(len(way) > parted + 1 for way in ways) and len({way[parted] for way in ways}) == 1:
        parted += 1
    if len({way[parted] for way in ways}) > 1:
        parted -= 1
    if len(ways) == 1:
        parted = _container_on(walk, ways[0])
    way = ways[-1]
    steps = _steps([walk.objects[index] for index in way])
    name = walk.roots[root]
    met = (walk.objects[index] for index in (*way, *found))
    task = next((thing for thing in met if type(thing).__name__ == "Task"), None)
    holder = walk.objects[way[parted]]
    module = sys.modules.get(name)
    return {
        "name": _joined(name, steps[:parted]),
        "kind": _kind(holder),
        "items": len(holder) if _is(holder, _CONTAINERS) else None,
        "module": name if module is not None else "",
        "names": [name for name in map(_name_in, steps[:parted]) if name.isidentifier()][::-1],
        "through": _joined("", steps[parted:]),
        "task": _task_name(task) if task is not None else "",
        "type": _kind(walk.objects[way[-1]]),
    }


def _container_on(walk: Walk, way: list[int]) -> int:
    """Of one object's way: the largest container on it."""
    sizes = [len(thing) if _is(thing, _CONTAINERS) else 0 for thing in (walk.objects[i] for i in way[:-1])]
    # A module's own names are no holder.
    sizes[:1] = [0] if sizes else []
    return sizes.index(max(sizes)) if any(sizes) else max(0, len(way) - 2)


def _steps(way: list[Any]) -> list[str]:
    """How each holds the next, as it would be written: ``.name``, ``[3]``, ``['key']``, ``{key}``."""
    steps: list[str] = []
    for number, (parent, child) in enumerate(zip(way, way[1:])):
        above: Any = way[number - 1] if number else None
        step = _step(parent, child)
        if _is(parent, dict) and (above is None or _is(above, type) or _dict_of(above) is parent):
            # The dict of a module, a class or an object: its keys are names.
            step = _key(parent, child, ".{}")
        elif _is(parent, tuple) and _is(above, types.FunctionType):
            index = _index(parent, child)
            if index is not None:
                step = f".{_variables(above, parent)[index]}"
        steps.append(step)
    return steps


def _variables(function: Any, values: tuple[Any, ...]) -> tuple[str, ...]:
    """Names of the variables in a function's closure, or of those with default values."""
    code = function.__code__
    if values is function.__closure__:
        return tuple(code.co_freevars)
    return tuple(code.co_varnames[code.co_argcount - len(values) : code.co_argcount])


def _dict_of(thing: Any) -> Any:
    try:
        return object.__getattribute__(thing, "__dict__")
    except (AttributeError, TypeError):
        return None


def _index(parent: Any, child: Any) -> int | None:
    """None where it is no item: an attribute of a list's subclass, or taken out since the walk."""
    return next((index for index, each in enumerate(parent) if each is child), None)


def _step(parent: Any, child: Any) -> str:
    if _is(parent, dict):
        return _key(parent, child)
    if _is(parent, (list, tuple, collections.deque)):
        index = _index(parent, child)
        if index is None:
            return _attribute(parent, child)
        return f"[{index}]" if len(parent) < 100_000 else "[…]"
    if _is(parent, types.FunctionType):
        return _of_function(parent, child)
    if _is(parent, types.MethodType):
        return ".__self__" if child is parent.__self__ else ""
    if _is(parent, type) or _is(parent, types.CellType):
        return ""
    if _is(parent, (types.GeneratorType, types.CoroutineType, types.AsyncGeneratorType)):
        return f" {{variable of {parent.__name__}}}"
    return _attribute(parent, child)


def _attribute(parent: Any, child: Any) -> str:
    names = _dict_of(parent)
    if child is names:
        return ""
    if _is(names, dict) and (found := _key(names, child, ".{}")) != "[…]":
        return found
    for cls in type(parent).__mro__:
        slots = cls.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else tuple(slots):
            member: Any = cls.__dict__.get(name)
            if _is(member, types.MemberDescriptorType):
                try:
                    if member.__get__(parent) is child:
                        return f".{name}"
                except AttributeError:
                    continue
    return ".cache" if type(parent).__name__ == "_lru_cache_wrapper" else ""


def _key(parent: dict[Any, Any], child: Any, named: str = "") -> str:
    """How a dict holds something; `named` where its keys are names."""
    for key, value in list(parent.items()):
        if value is child:
            if named and type(key) is str:
                return named.format(key)
            return f"[{_short(key)!r}]" if type(key) in (str, int, bytes, float, bool) else f"[a {_kind(key)}]"
        if key is child:
            return "{a key}"
    return "[…]"


def _of_function(parent: types.FunctionType, child: Any) -> str:
    if child is parent.__closure__ or child is parent.__defaults__:
        return ""
    if child is parent.__kwdefaults__:
        return "{default value}"
    return _attribute(parent, child)


def _name_in(step: str) -> str:
    return step[2:-2] if step.startswith("['") else step[1:]


def _joined(root: str, steps: list[str]) -> str:
    """One text; of a chain of like links the first."""
    text, before = root, ""
    for step in filter(None, steps):
        if step != before:
            text += f" {step}" if step.startswith("{") else step
        elif not text.endswith("…"):
            text += "…"
        before = step
    return text.strip()


def _short(key: Any) -> Any:
    return key[:_LONGEST_NAME] if isinstance(key, (str, bytes)) else key


def _kind(thing: Any) -> str:
    cls = type(thing)
    name = getattr(cls, "__qualname__", cls.__name__)
    if _is(thing, type):
        return f"class {thing.__name__}"
    return name if cls.__module__ in ("builtins", "collections", "functools") else f"{cls.__module__}.{name}"


def _is(thing: Any, kinds: Any) -> bool:
    """What isinstance says, without asking the object: a lazy one would wake up."""
    return issubclass(type(thing), kinds)


def _module_of(names: dict[str, Any]) -> str:
    return str(names.get("__name__", "?"))


def _task_name(task: Any) -> str:
    try:
        coroutine = task.get_coro()
        frame = coroutine.cr_frame
        return f"{_module_of(frame.f_globals)}.{coroutine.__name__}" if frame else str(coroutine.__name__)
    except AttributeError:
        return "a task"


COMMANDS = {"holders": holders}
