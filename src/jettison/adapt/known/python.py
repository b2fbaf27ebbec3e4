"""Python and the web frameworks: functions through which a followed value may pass, and what comes out."""

from __future__ import annotations

from collections.abc import Mapping

TRANSPARENT_DECORATORS = frozenset(
    {
        "abc.abstractmethod",
        "builtins.classmethod",
        "builtins.property",
        "builtins.staticmethod",
        "contextlib.asynccontextmanager",
        "contextlib.contextmanager",
        "functools.cache",
        "functools.cached_property",
        "functools.lru_cache",
        "functools.wraps",
        "typing.final",
        "typing.override",
    }
)
"""What they decorate is called with the same arguments and gives back the same."""
PROPERTIES = frozenset({"builtins.property", "functools.cached_property"})
FIELD = frozenset({"dataclasses.field"})
"""Says of a field of a data class what it is when nobody says."""
DATA_CLASSES = frozenset({"dataclasses.dataclass", "typing.NamedTuple", "attr.s", "attrs.define"})
"""Decorators and bases of classes whose fields are their constructor's arguments."""

IDLE_BASES = frozenset(
    {"abc.ABC", "builtins.Exception", "builtins.object", "enum.Enum", "typing.Generic", "typing.Protocol"}
)
"""Bases of classes that never call what inherits from them."""

CALLERS: Mapping[str, int] = {
    "anyio.to_thread.run_sync": 0,
    "asgiref.sync.sync_to_async": 0,
    "asyncio.to_thread": 0,
    "fastapi.concurrency.run_in_threadpool": 0,
    "starlette.concurrency.run_in_threadpool": 0,
}
"""Functions that call the argument at this place with the rest, and give its result (to ``await``)."""
CALLER_METHODS: Mapping[str, int] = {"run_in_executor": 1, "submit": 0}
"""The same for methods of objects that are not the service's."""
STARTED = frozenset({"threading.Thread"})
"""Classes that call their `target` with `args` and `kwargs`, somewhere else."""
DELAYED = frozenset({"functools.partial"})
"""Functions that give a function which makes the call later."""
FIRST = frozenset({"asyncio.shield", "asyncio.wait_for", "builtins.next", "copy.copy"})
"""Functions that give their first argument, or an element of it."""
INJECTED = frozenset({"fastapi.Depends", "fastapi.param_functions.Depends"})
"""FastAPI gives the parameter what the function in here returns."""

ELEMENTS = frozenset({"builtins.iter", "builtins.list", "builtins.reversed", "builtins.sorted", "builtins.tuple"})
"""Functions that give the same elements in another list."""
COUNTS = frozenset({"builtins.bool", "builtins.id", "builtins.isinstance", "builtins.len"})
"""Functions that say nothing of a value that differs without torch."""
NUMBERS = frozenset({"builtins.float", "builtins.int", "numpy.array", "numpy.asarray"})
"""Functions that make a Python number of a tensor of one element, or an array of numpy's."""
LOG_METHODS = frozenset({"critical", "debug", "error", "exception", "info", "warning"})
"""Methods of loggers. What they and ``print`` show is no answer: it may look different, which is noted."""
BLIND = frozenset(
    {"builtins.__import__", "builtins.eval", "builtins.exec", "builtins.globals", "builtins.locals", "builtins.vars"}
)
"""Functions behind which code or values cannot be followed."""
HOLDERS = frozenset({"config", "extensions", "state"})
"""Attributes of web applications in which services keep their own objects: ``app.state.model``."""
GENERIC = frozenset({"typing", "typing_extensions", "collections", "builtins.dict", "builtins.list", "builtins.tuple"})
"""What is written with types in brackets, and then is a type itself."""
