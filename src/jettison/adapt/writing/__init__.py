"""Carrying out edits with libcst, so that comments, blank lines and quotes stay as they were.

Importing this loads libcst: the room does so only when there is something to write.
"""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst
from libcst.metadata import MetadataWrapper

from jettison.adapt.edits import Edit

from .writer import Writer


def rewritten(text: str, edits: Sequence[Edit]) -> tuple[str, tuple[Edit, ...]]:
    """The new text, and the edits whose place was not found in it.

    :raises libcst.ParserSyntaxError: libcst cannot read what Python can.
    """
    writer = Writer(edits)
    module = MetadataWrapper(cst.parse_module(text)).visit(writer)
    return module.code, writer.left


__all__ = ["rewritten"]
