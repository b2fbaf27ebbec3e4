"""Where installers inside a build find their packages: files that are mounted, and never part of an image."""

from __future__ import annotations

import shutil
from pathlib import Path
from urllib.parse import urlsplit

from jettison.packages.pip_configuration import pip_options

_INSIDE = "/etc/pip-settings"


def volumes(folder: Path, index: str) -> tuple[str, ...]:
    """What to mount, as buildah takes it.

    :param folder: a new one, for the configuration of pip and uv
    :param index: address of `index.served`
    """
    (folder / "pip-settings").mkdir(parents=True)
    lines = ["[global]", f"index-url = {index}/simple", f"trusted-host = {urlsplit(index).netloc}"]
    lines += ["disable-pip-version-check = 1", "root-user-action = ignore"]
    constraint = pip_options().get("constraint", "")
    if Path(constraint).is_file():  # what the machine caps for everybody
        shutil.copy(constraint, folder / "pip-settings" / "constraints.txt")
        lines.append(f"constraint = {_INSIDE}/constraints.txt")
    (folder / "pip.conf").write_text("\n".join(lines) + "\n")
    (folder / "uv.toml").write_text(f'index-url = "{index}/simple"\n')
    return (
        f"{folder / 'pip.conf'}:/etc/pip.conf:ro",
        f"{folder / 'pip-settings'}:{_INSIDE}:ro",
        f"{folder / 'uv.toml'}:/etc/uv/uv.toml:ro",
    )
