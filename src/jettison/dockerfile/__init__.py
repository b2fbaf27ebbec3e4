"""Dockerfiles, read without losing a byte.

`parsed` gives a frozen `Dockerfile`: instructions with their lines, and the text that they came from, so that a
change is a `records.Edit` at a place and whatever is not changed stays as it was. `stages` says what builds on what and
which variables hold where, `shell` reads the commands of a RUN, `ignore` and `copied` say which files of a
folder a build brings into the image.
"""

from __future__ import annotations

from .instructions import Comment, Dockerfile, Flag, Heredoc, Instruction, Piece
from .parse import dockerfile_at, parsed

__all__ = [
    "Comment",
    "Dockerfile",
    "Flag",
    "Heredoc",
    "Instruction",
    "Piece",
    "dockerfile_at",
    "parsed",
]
