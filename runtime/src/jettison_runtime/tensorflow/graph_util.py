"""``tf.graph_util``."""

from __future__ import annotations

from .graphs import import_graph_def

__all__ = ["import_graph_def"]
