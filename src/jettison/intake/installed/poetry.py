"""Poetry's own way to write requirements, as PEP 508 text.

Method: Poetry's documentation, "Dependency specification": caret, tilde and wildcard versions, tables with extras,
markers, sources, groups.
"""

from __future__ import annotations

import re
from typing import Any

from ..documents import table, tables, texts
from .requirements import Wanted


def poetry_wanted(poetry: dict[str, Any], *, extras: tuple[str, ...] = (), dev: bool = False) -> Wanted:
    """What ``[tool.poetry]`` asks for.

    :param extras: named extras; optional dependencies come only with one.
    :param dev: also the groups that an install takes along when nobody says no.
    """
    found = Wanted()
    with_extras = {name for extra in extras for name in texts(table(poetry, "extras").get(extra))}
    chosen = [table(poetry, "dependencies")]
    if dev:
        chosen.append(table(poetry, "dev-dependencies"))
        for group in table(poetry, "group").values():
            if isinstance(group, dict) and group.get("optional") is not True:
                chosen.append(table(group, "dependencies"))
    sources = {str(each.get("name")): each.get("url") for each in tables(poetry.get("source"))}
    for listed in chosen:
        for name, value in listed.items():
            if name.lower() != "python":
                for each in value if isinstance(value, list) else [value]:
                    _add(found, name, each, sources, with_extras)
    return found


def _add(found: Wanted, name: str, value: Any, sources: dict[str, Any], with_extras: set[str]) -> None:
    entry = value if isinstance(value, dict) else {"version": value}
    if entry.get("optional") is True and name not in with_extras:
        return
    place = next((entry[key] for key in ("git", "url", "path", "file") if isinstance(entry.get(key), str)), None)
    if place is not None:
        found.direct.append(f"{name} @ {'git+' if 'git' in entry else ''}{re.sub(r'//[^/@]+@', '//', place)}")
        return
    url = sources.get(str(entry.get("source")))
    if isinstance(url, str) and f"--extra-index-url {url}" not in found.index_options:
        found.index_options.append(f"--extra-index-url {url}")
    extras = f"[{','.join(texts(entry.get('extras')))}]" if texts(entry.get("extras")) else ""
    version = version_bounds(str(entry.get("version") or "*"))
    markers = [each for each in (entry.get("markers"), _python_marker(entry.get("python"))) if isinstance(each, str)]
    suffix = f"; {' and '.join(f'({each})' if len(markers) > 1 else each for each in markers)}" if markers else ""
    found.requirements.append(f"{name}{extras}{version}{suffix}")


def version_bounds(text: str) -> str:
    """A version of Poetry as PEP 440 bounds: ``^1.2`` → ``>=1.2,<2.0``, ``1.2`` → ``==1.2``, ``*`` → nothing."""
    made = []
    for part in re.split(r"\s*,\s*|(?<=[\d*])\s+(?=[<>=!~^])", text.strip().split("||")[0].strip()):
        bare = part.replace(" ", "")
        if bare in ("", "*", "latest"):
            continue
        operator = re.match(r"[<>=!~^]*", bare)
        sign, version = (operator[0] if operator else ""), bare.lstrip("<>=!~^")
        if sign == "^":
            made.append(f">={version},<{_caret_end(version)}")
        elif sign == "~":
            made.append(f">={version},<{_next(version, min(1, version.count('.')))}")
        else:
            made.append(f"{sign or '=='}{version}" if sign not in ("=",) else f"=={version}")
    return ",".join(made)


def _caret_end(version: str) -> str:
    numbers = _numbers(version)
    first = next((index for index, number in enumerate(numbers) if number), len(numbers) - 1)
    return _next(version, first)


def _next(version: str, index: int) -> str:
    """The version with that number raised by one and nothing behind it but zeros."""
    numbers = _numbers(version)
    return ".".join(str(each) for each in (*numbers[:index], numbers[index] + 1, *(0 for _ in numbers[index + 1 :])))


def _numbers(version: str) -> list[int]:
    return [int(each) for each in re.findall(r"\d+", re.split(r"[a-zA-Z+*-]", version)[0])] or [0]


def _python_marker(bounds: Any) -> str | None:
    """``python_version >= "3.8"`` for a dependency that holds only for some Pythons."""
    if not isinstance(bounds, str):
        return None
    parts = [re.match(r"([<>=!]+)(\d+\.\d+)", each) for each in version_bounds(bounds).split(",")]
    return " and ".join(f'python_version {each[1]} "{each[2]}"' for each in parts if each) or None
