"""Bytecode that is the same every time.

A cold start spends much of its time compiling, and a container's root cannot be written to, so the image ships
``.pyc`` files for what the service imports. CPython writes them differently from run to run (cpython#129724):
`canonical` writes the same code always in the same bytes.
"""

from __future__ import annotations

from .canonical import canonical
from .compiled import Bytecode, compiled

__all__ = ["Bytecode", "canonical", "compiled"]
