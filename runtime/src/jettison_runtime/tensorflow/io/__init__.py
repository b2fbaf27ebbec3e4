"""``tf.io``: files."""

from __future__ import annotations

from . import gfile

__all__ = ["gfile"]
