"""``tf.compat.v1``: graphs and sessions."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from jettison_runtime.tensorflow import config, graph_util, io, keras
from jettison_runtime.tensorflow.graphs import (
    ConfigProto,
    GPUOptions,
    Graph,
    GraphDef,
    Session,
    get_default_graph,
    import_graph_def,
    reset_default_graph,
)
from jettison_runtime.tensorflow.io import gfile

__all__ = [
    "ConfigProto",
    "GPUOptions",
    "Graph",
    "GraphDef",
    "Session",
    "config",
    "disable_eager_execution",
    "disable_v2_behavior",
    "get_default_graph",
    "gfile",
    "graph_util",
    "import_graph_def",
    "io",
    "keras",
    "logging",
    "reset_default_graph",
]


def disable_eager_execution() -> None:
    """Graphs are run in sessions anyhow."""


def disable_v2_behavior() -> None:
    """The same."""


def _set_verbosity(v: Any) -> None:
    """Nothing is written."""


logging = SimpleNamespace(set_verbosity=_set_verbosity, DEBUG=10, INFO=20, WARN=30, WARNING=30, ERROR=40, FATAL=50)
