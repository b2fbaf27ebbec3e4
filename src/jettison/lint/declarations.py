"""What requirements files and conda environments say that a project needs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from ..records import Edit
from .dependencies import Dependency, is_dev, name_place
from .removals import alone_on_its_lines, line_removed
from .requirement_files import RequirementFile, RequirementLine

_SMALLEST_FREEZE = 12
"""Lines. A shorter list that is all pinned and sorted may well be written by hand."""
_CONDA = re.compile(r"^(?:[\w./-]+::)?([A-Za-z0-9][\w.-]*)\s*(.*)$")


def of_requirements(file: RequirementFile, *, ships: bool, lock: str = "") -> Iterator[Dependency]:
    """The lines of a requirements file that name a distribution."""
    group = "dev" if is_dev(file.path) else ""
    is_direct = not file.is_compiled and not _is_frozen(file)
    for line in file.lines:
        found = line.requirement
        if found is None:
            continue
        yield Dependency(
            file=file.path,
            start=line.start,
            end=line.end,
            name=line.name,
            extras=tuple(sorted(found.extras)),
            specifier=str(found.specifier),
            marker=str(found.marker) if found.marker else "",
            url=found.url or "",
            form="requirements",
            group=group,
            ships=ships,
            is_direct=is_direct,
            lock=lock,
            is_hashed=line.is_hashed,
            name_at=name_place(file.text, line.start, line.end, found.name),
            removal=line_removed(file.text, line.start, line.end),
        )


def _is_frozen(file: RequirementFile) -> bool:
    """A list as ``pip freeze`` writes it: pinned to the last line, in the order of the alphabet, without a comment."""
    named = [line for line in file.lines if line.requirement is not None]
    written = [line.body.lower() for line in named]
    names = [line.name for line in named]
    is_sorted = names == sorted(names) or written == sorted(written)
    return len(named) >= _SMALLEST_FREEZE and all(_is_bare_pin(line) for line in named) and is_sorted


def _is_bare_pin(line: RequirementLine) -> bool:
    return bool(line.pinned or (line.requirement and line.requirement.url)) and not line.comment


def of_conda(path: str, text: str, *, ships: bool) -> Iterator[Dependency]:
    """Of a conda environment file, with the list behind ``pip:``."""
    for item in _conda_items(text):
        if item.of_pip:
            try:
                found = Requirement(item.text)
            except InvalidRequirement:  # an option, such as -r
                continue
            name, extras, specifier = found.name, tuple(sorted(found.extras)), str(found.specifier)
        else:
            match = _CONDA.match(item.text)
            if not match or match[1] in ("python", "pip"):
                continue
            name, extras, specifier = match[1], (), match[2].strip()
        yield Dependency(
            file=path,
            start=item.start,
            end=item.end,
            name=canonicalize_name(name),
            extras=extras,
            specifier=specifier,
            form="requirements" if item.of_pip else "conda",
            ships=ships,
            name_at=name_place(text, item.start, item.end, name),
            removal=None if item.is_last_left else _item_line(text, item.start, item.end),
        )


@dataclass(frozen=True, kw_only=True)
class _CondaItem:
    text: str
    start: int
    end: int
    of_pip: bool
    is_last_left: bool
    """Its list holds nothing else."""


def _conda_items(text: str) -> Iterator[_CondaItem]:
    import yaml  # type: ignore[import-untyped]

    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError):
        return
    shift = 1 if text.startswith("\ufeff") else 0  # YAML's reader takes the mark away and counts without it
    waiting = [(node, False) for key, node in getattr(root, "value", ()) if key.value == "dependencies"]
    for listed, of_pip in waiting:
        for item in listed.value if isinstance(listed, yaml.SequenceNode) else ():
            if isinstance(item, yaml.ScalarNode):
                yield _CondaItem(
                    text=item.value,
                    start=item.start_mark.index + shift,
                    end=item.end_mark.index + shift,
                    of_pip=of_pip,
                    is_last_left=len(listed.value) == 1,
                )
            elif isinstance(item, yaml.MappingNode):
                waiting += [(inner, True) for key, inner in item.value if key.value == "pip"]


def _item_line(text: str, start: int, end: int) -> Edit | None:
    """The line of ``- item``; None when it holds more, as in ``[a, b]``."""
    begin = text.rfind("\n", 0, start) + 1
    if not re.fullmatch(r"\s*-\s+", text[begin:start]) or not alone_on_its_lines(text, begin, end):
        return None
    return line_removed(text, start, end)
