from __future__ import annotations

from pathlib import Path

import pytest

from jettison.errors import EnvironmentUnusable
from jettison.packages.debian.sources import Source, mirror, sources

KEYRING = "usr/share/keyrings/debian-archive-keyring.gpg"
DEBIAN = {
    "etc/os-release": 'ID=debian\nVERSION_CODENAME=bookworm\nPRETTY_NAME="Debian GNU/Linux 12"\n',
    "etc/apt/sources.list.d/debian.sources": """\
Types: deb deb-src
# a comment
URIs: http://mirror.example.test/debian/
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example.test/debian-security
Suites: bookworm-security
Components: main

Enabled: no
Types: deb
URIs: http://other.example.test/debian
Suites: bookworm
Components: main
""",
    KEYRING: "key",
}
UBUNTU = {
    "etc/os-release": "ID=ubuntu\nUBUNTU_CODENAME=jammy\nVERSION_CODENAME=jammy\nID_LIKE=debian\n",
    "etc/apt/sources.list": """\
# deb http://commented.example.test/ubuntu jammy main
deb http://mirror.example.test/ubuntu/ jammy main restricted # the archive
deb-src http://mirror.example.test/ubuntu/ jammy main
deb [arch=amd64 signed-by=/etc/keys/mine.gpg] http://mirror.example.test/ubuntu jammy-updates main universe
deb http://security.example.test/ubuntu jammy-security main
""",
    "etc/apt/sources.list.d/other.list": "deb https://elsewhere.example.test/apt stable main\n",
    "etc/apt/trusted.gpg.d/ubuntu.gpg": "key",
}


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JETTISON_DEBIAN_MIRROR", raising=False)
    monkeypatch.delenv("JETTISON_DEBIAN_KEYRING", raising=False)


def system(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def test_a_debian_system_in_deb822_form(tmp_path: Path) -> None:
    found = mirror(root=system(tmp_path, DEBIAN))
    assert (found.distribution, found.suite) == ("debian", "bookworm")
    assert found.archive == "http://mirror.example.test/debian"
    assert found.security == "http://mirror.example.test/debian-security"
    assert found.keyrings == (tmp_path / KEYRING,)
    assert len(sources(tmp_path)) == 3


def test_an_ubuntu_system_in_one_line_form(tmp_path: Path) -> None:
    found = mirror(root=system(tmp_path, UBUNTU))
    assert (found.distribution, found.suite) == ("ubuntu", "jammy")
    assert found.archive == "http://mirror.example.test/ubuntu"
    assert found.security == "http://security.example.test/ubuntu"
    assert found.keyrings == (tmp_path / "etc/apt/trusted.gpg.d/ubuntu.gpg",)
    assert sources(tmp_path)[1] == Source(
        uri="http://mirror.example.test/ubuntu",
        suite="jammy-updates",
        components=("main", "universe"),
        signed_by="/etc/keys/mine.gpg",
    )


def test_a_key_in_the_source_file_itself_is_kept(tmp_path: Path) -> None:
    key = "\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc=\n -----END PGP PUBLIC KEY BLOCK-----"
    text = DEBIAN["etc/apt/sources.list.d/debian.sources"]
    text = text.replace(" /usr/share/keyrings/debian-archive-keyring.gpg", key)
    found = mirror(root=system(tmp_path, DEBIAN | {"etc/apt/sources.list.d/debian.sources": text}))
    assert "BEGIN PGP PUBLIC KEY BLOCK" in found.keys[0]


def test_a_setting_replaces_the_mirror_and_an_argument_the_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = system(tmp_path, DEBIAN)
    monkeypatch.setenv("JETTISON_DEBIAN_MIRROR", "http://set.example.test/debian/ http://set.example.test/security")
    assert mirror(root=root).archive == "http://set.example.test/debian"
    assert mirror(root=root).security == "http://set.example.test/security"
    assert mirror("file:/srv/debian", root=root).archive == "file:/srv/debian"
    assert mirror("file:/srv/debian", root=root).security == "file:/srv/debian"
    monkeypatch.setenv("JETTISON_DEBIAN_KEYRING", "/srv/keys.gpg")
    assert mirror(root=root).keyrings == (Path("/srv/keys.gpg"),)


@pytest.mark.parametrize(
    "files",
    [{}, {"etc/os-release": "ID=fedora\n"}, {"etc/os-release": DEBIAN["etc/os-release"]}],
    ids=["nothing", "another system", "no sources"],
)
def test_a_system_without_a_source_is_told_what_to_set(tmp_path: Path, files: dict[str, str]) -> None:
    with pytest.raises(EnvironmentUnusable, match="JETTISON_DEBIAN_MIRROR"):
        mirror(root=system(tmp_path, files))
    assert mirror("http://asked.example.test/debian", root=tmp_path).distribution == "debian"
