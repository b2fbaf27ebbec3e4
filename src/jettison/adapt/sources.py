"""One source file of the service, read and parsed."""

from __future__ import annotations

import ast
import io
import tokenize
from dataclasses import dataclass
from pathlib import Path

from jettison.errors import NotAService
from jettison.records import Refusal


@dataclass(frozen=True, eq=False)
class Source:
    """A module of the service."""

    path: str
    """Relative to the service's folder."""
    module: str
    """Its dotted name, as the service imports it."""
    text: str
    tree: ast.Module
    mark: str = ""
    """The byte order mark in front of the text, if there is one."""

    @property
    def package(self) -> str:
        """What relative imports start from."""
        return self.module if Path(self.path).name == "__init__.py" else self.module.rpartition(".")[0]

    def refusal(self, node: ast.AST, reason: str) -> Refusal:
        """A refusal of the line on which the node starts."""
        return self.refusal_at(getattr(node, "lineno", 1), reason)

    def refusal_at(self, line: int, reason: str) -> Refusal:
        """A refusal of a line."""
        return Refusal(file=self.path, line=line, code=code_at(self.text, line), reason=reason)

    def refusal_like(self, text: str, node: ast.AST, reason: str) -> Refusal:
        """A refusal of the line that reads like the node's line in another version of this file."""
        code = code_at(text, getattr(node, "lineno", 1))
        lines = [line.strip() for line in self.text.split("\n")]
        return self.refusal_at(lines.index(code) + 1 if code in lines else 1, reason)


def source(root: Path, path: str, module: str) -> Source | Refusal:
    """Read one file; a refusal when it cannot be parsed.

    :raises NotAService: the file cannot be read.
    """
    try:
        data = (root / path).read_bytes()
    except OSError as cause:
        raise NotAService(
            f"{path} cannot be read: {cause.strerror}",
            where=str(root),
            next_step="give files that exist in the service",
        ) from cause
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        text = data.decode(encoding)
    except (SyntaxError, UnicodeDecodeError) as cause:
        return Refusal(file=path, line=1, code="", reason=f"the file cannot be decoded: {cause}")
    if encoding not in ("utf-8", "utf-8-sig"):
        return Refusal(file=path, line=1, code=code_at(text, 1), reason=f"the file is in {encoding}, not in UTF-8")
    try:
        mark = "\ufeff" if encoding == "utf-8-sig" else ""
        return Source(path=path, module=module, text=text, tree=ast.parse(text), mark=mark)
    except SyntaxError as cause:
        line = cause.lineno or 1
        return Refusal(file=path, line=line, code=code_at(text, line), reason=f"the file does not parse: {cause.msg}")
    except (ValueError, RecursionError, MemoryError) as cause:
        return Refusal(file=path, line=1, code="", reason=f"the file does not parse: {cause}")


def code_at(text: str, line: int) -> str:
    """The text of a line, numbered from 1."""
    lines = text.split("\n")
    return lines[line - 1].strip() if 0 < line <= len(lines) else ""
