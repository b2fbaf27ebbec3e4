"""pip's configuration, read the way pip reads it, but without pip: an environment may have none.

Order of precedence, lowest first: global files, the user's files, the environment's own file, the file that
``PIP_CONFIG_FILE`` names, ``PIP_*`` variables. In every file a ``[install]`` section wins over ``[global]``, whichever
file either stands in. Source: pip's documentation, "Configuration" and ``pip config debug``.
"""

from __future__ import annotations

import configparser
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from ..errors import SettingsInvalid

_SECTIONS = ("global", "install")
"""Those that bear on an installation, the later one stronger."""


def pip_options(environment: Mapping[str, str] | None = None, files: Iterable[Path] | None = None) -> dict[str, str]:
    """Every option that pip would use for ``pip install``, by its long name without dashes in front.

    :param environment: stands in for the process's variables
    :param files: stand in for the configuration files of this machine, weakest first
    :raises SettingsInvalid: a configuration file that does not parse
    """
    variables = os.environ if environment is None else environment
    found: dict[str, dict[str, str]] = {section: {} for section in _SECTIONS}
    for file in _files(variables) if files is None else files:
        for section, options in _sections(file).items():
            found[section].update(options)
    merged = {name: value for section in _SECTIONS for name, value in found[section].items()}
    for variable, value in variables.items():
        if variable.upper().startswith("PIP_") and value:
            merged[_long_name(variable[len("PIP_") :])] = value
    return merged


def _files(variables: Mapping[str, str]) -> tuple[Path, ...]:
    """Where pip looks on this platform, weakest first; whether they exist is not asked."""
    named = variables.get("PIP_CONFIG_FILE", "")
    if named == os.devnull:
        return ()
    home = Path(variables.get("HOME") or Path.home())
    name = "pip.ini" if sys.platform == "win32" else "pip.conf"
    if sys.platform == "win32":
        roaming = Path(variables.get("APPDATA") or home / "AppData" / "Roaming")
        shared = [Path(variables.get("PROGRAMDATA") or "C:/ProgramData") / "pip" / name]
        own = [home / "pip" / name, roaming / "pip" / name]
    else:
        settings = Path(variables.get("XDG_CONFIG_HOME") or home / ".config")
        shared = [Path(folder) / "pip" / name for folder in _shared_folders(variables)] + [Path("/etc") / name]
        if sys.platform == "darwin":
            library = home / "Library" / "Application Support"
            shared = [Path("/Library/Application Support/pip") / name]
            settings = library if (library / "pip").is_dir() else settings
        own = [home / ".pip" / name, settings / "pip" / name]
    if named and Path(named).exists():
        own = []
    return (*shared, *own, Path(sys.prefix) / name, *((Path(named),) if named else ()))


def _shared_folders(variables: Mapping[str, str]) -> list[str]:
    return [folder for folder in (variables.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(":") if folder]


def _sections(file: Path) -> dict[str, dict[str, str]]:
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(file.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return {}
    except (configparser.Error, UnicodeDecodeError) as cause:
        raise SettingsInvalid(
            "pip's configuration does not parse",
            where=str(file),
            next_step="repair the file (`pip config debug` shows which files pip reads)",
        ) from cause
    return {
        section: {_long_name(name): value for name, value in parser.items(section) if value}
        for section in _SECTIONS
        if parser.has_section(section)
    }


def _long_name(name: str) -> str:
    return name.lower().replace("_", "-").removeprefix("--")
