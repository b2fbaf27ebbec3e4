"""What can go wrong when a converted model is loaded or asked. Each message says what to do about it."""

from __future__ import annotations


class ModelFolderError(Exception):
    """The folder is no converted model, is damaged, or needs another version of the runtime."""


class CanaryError(ModelFolderError):
    """The model does not give the answer here that it gave when it was converted."""


class InputRefused(ValueError):
    """The graph cannot compute this input: sizes that do not go together, or numbers outside of a table."""


class UnsupportedOption(ValueError):
    """A generation option that this runtime does not have. Nothing is ever silently ignored."""
