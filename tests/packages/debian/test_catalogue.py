from __future__ import annotations

import json
import os
import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from jettison.errors import IndexUnreachable, Untrusted
from jettison.packages.debian import Catalogue, catalogue, fetched
from jettison.packages.debian.deb import control, files
from jettison.records import finished
from jettison.workspace import Workspace
from tests.packages.debian.conftest import REPOSITORY, Archive


def test_the_newest_version_of_release_updates_and_security_wins(steady: Catalogue) -> None:
    alpha = steady.package("alpha")
    assert alpha is not None
    assert (alpha.version, alpha.installed_bytes, alpha.filename) == ("1.1", 7168, "pool/alpha_1.1_amd64.deb")
    assert [seen.suite for seen in steady.releases] == ["steady", "steady-updates", "steady-security"]
    assert steady.releases[0].date == "Sat, 11 Jul 2026 10:16:37 UTC"
    assert steady.package("mail-agent") is None


def test_packages_are_fetched_checked_and_read_in_every_compression(steady: Catalogue, workspace: Workspace) -> None:
    seen = set()
    for name in ("alpha", "beta", "gamma", "delta"):
        package = steady.package(name)
        assert package is not None
        deb = finished(fetched(package, workspace))
        seen |= set(re.findall(rb"data\.tar\.(\w+)", deb.read_bytes()))
        assert control(deb).startswith(f"Package: {name}\nVersion: {package.version}\n")
        with files(deb) as tar:
            content = {member.name: tar.extractfile(member) for member in tar}
        assert list(content) == [f"./usr/share/doc/{name}/copyright", f"./usr/bin/{name}"]
    assert seen == {b"xz", b"zst", b"gz"}


def test_a_package_is_fetched_once(steady: Catalogue, archive: Archive, workspace: Workspace) -> None:
    package = steady.package("alpha")
    assert package is not None
    finished(fetched(package, workspace))
    archive.asked.clear()
    finished(fetched(package, workspace))
    assert archive.asked == []


def test_a_package_with_other_bytes_is_refused_and_not_kept(
    steady: Catalogue, archive: Archive, workspace: Workspace
) -> None:
    package = steady.package("alpha")
    assert package is not None
    path = archive.root / package.filename
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    with pytest.raises(Untrusted, match="other bytes"):
        finished(fetched(package, workspace))
    assert not workspace.entry("debs", package.sha256).exists()
    path.unlink()
    with pytest.raises(IndexUnreachable, match="no such file"):
        finished(fetched(package, workspace))


def test_a_damaged_package_is_one_clear_error(tmp_path: Path) -> None:
    whole = (REPOSITORY / "pool" / "alpha_1.0_amd64.deb").read_bytes()
    for number, data in enumerate([b"", b"!<arch>\n", whole[:100], whole[:400], whole[:-200] + bytes(200), b"x" * 99]):
        deb = tmp_path / f"{number}.deb"
        deb.write_bytes(data)
        with pytest.raises(Untrusted, match="no Debian package"):
            control(deb)
            with files(deb) as tar:
                list(tar)


def spoil_list(root: Path) -> None:
    path = root / "dists/steady/main/binary-amd64/Packages.xz"
    path.write_bytes(path.read_bytes() + b"\0\0\0\0")


def spoil_signed_text(root: Path) -> None:
    path = root / "dists/steady/InRelease"
    path.write_text(path.read_text().replace("Architectures: amd64", "Architectures: arm64"))


def add_before(root: Path) -> None:
    path = root / "dists/steady/InRelease"
    path.write_text("Suite: steady\n" + path.read_text())


def drop_signature(root: Path) -> None:
    path = root / "dists/steady/InRelease"
    path.write_text(path.read_text().split("-----BEGIN PGP SIGNATURE")[0].split("\n\n", 1)[1])


def give_another_suite(root: Path) -> None:
    shutil.copy(root / "dists/steady-updates/InRelease", root / "dists/steady/InRelease")


def sign_twice(root: Path) -> None:
    path = root / "dists/steady/InRelease"
    path.write_text(path.read_text() + (root / "dists/steady-updates/InRelease").read_text())


SPOILERS = [spoil_list, spoil_signed_text, add_before, drop_signature, give_another_suite, sign_twice]


@pytest.mark.parametrize("checker", ["gpgv", "sqv"])
@pytest.mark.parametrize("spoil", SPOILERS)
def test_nothing_that_the_archive_did_not_sign_is_believed(
    archive: Archive, workspace: Workspace, spoil: Callable[[Path], None], checker: str, only: Callable[[str], None]
) -> None:
    only(checker)
    spoil(archive.root)
    with pytest.raises(Untrusted):
        finished(catalogue("steady", "amd64", workspace))


@pytest.mark.parametrize("checker", ["gpgv", "sqv"])
@pytest.mark.parametrize("keyring", ["keyring.gpg", "keyring.asc"])
def test_the_right_key_is_enough_whoever_checks_it(
    archive: Archive,
    workspace: Workspace,
    checker: str,
    keyring: str,
    only: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    only(checker)
    monkeypatch.setenv("JETTISON_DEBIAN_KEYRING", str(REPOSITORY / keyring))
    assert finished(catalogue("steady", "amd64", workspace)).package("beta")


@pytest.fixture
def only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Leaves just one program in the PATH. Where sqv is not installed, gpgv stands in under its name's rules."""

    def limit(name: str) -> None:
        folder = tmp_path / "bin"
        folder.mkdir()
        there = shutil.which(name)
        if there:
            (folder / name).symlink_to(there)
        else:
            gpgv = shutil.which("gpgv")
            (folder / name).write_text(f'#!/bin/sh\nexec {gpgv} "$@" 2>/dev/null\n')
            (folder / name).chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/nonexistent")

    return limit


def test_without_a_program_to_check_signatures_nothing_passes(
    archive: Archive, workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Untrusted, match="neither gpgv nor sqv") as caught:
        finished(catalogue("steady", "amd64", workspace))
    assert "install gpgv" in caught.value.next_step


def test_another_key_or_no_key_passes_nothing(
    archive: Archive, workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "empty.gpg").touch()
    monkeypatch.setenv("JETTISON_DEBIAN_KEYRING", str(tmp_path / "empty.gpg"))
    with pytest.raises(Untrusted):
        finished(catalogue("steady", "amd64", workspace))


def age(workspace: Workspace, days: float) -> None:
    """Make the cache believe that it asked so long ago."""
    for state in (workspace.root / "debian-lists").glob("*.json"):
        document = json.loads(state.read_bytes())
        document["checked_seconds"] = time.time() - days * 86400
        state.write_text(json.dumps(document))


def test_fresh_lists_are_not_asked_for_again_and_old_ones_are(
    steady: Catalogue, archive: Archive, workspace: Workspace
) -> None:
    archive.asked.clear()
    age(workspace, 0.9)
    finished(catalogue("steady", "amd64", workspace))
    assert archive.asked == []
    age(workspace, 1.1)
    finished(catalogue("steady", "amd64", workspace))
    assert archive.asked == [f"/dists/{seen.suite}/InRelease" for seen in steady.releases]


def test_without_a_network_the_cache_serves_and_says_its_age(
    steady: Catalogue, workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    archive = tmp_path / "archive"
    address = f"file:{archive}"
    finished(catalogue("steady", "amd64", workspace, mirror=address))
    age(workspace, 3)
    monkeypatch.setattr("jettison.packages.debian.download._ATTEMPTS", 1)
    closed = "http://127.0.0.1:9"
    with pytest.raises(IndexUnreachable):
        finished(catalogue("steady", "amd64", workspace, mirror=closed))
    rename_mirror(workspace, address, closed)
    offline = finished(catalogue("steady", "amd64", workspace, mirror=closed))
    assert offline.package("beta")
    assert len(offline.notes) == 3
    assert "the lists from 3.0 days ago are used" in offline.notes[0]


def rename_mirror(workspace: Workspace, one: str, other: str) -> None:
    """Give one mirror's cached state to another, as if that one had gone away."""
    from jettison.workspace import digest

    for suite in ("steady", "steady-updates", "steady-security"):
        entries = [
            workspace.entry("debian-lists", digest(x, suite, "amd64")).with_suffix(".json") for x in (one, other)
        ]
        entries[0].rename(entries[1])


def test_a_mirror_without_security_updates_is_named_in_a_note(archive: Archive, workspace: Workspace) -> None:
    shutil.rmtree(archive.root / "dists" / "steady-security")
    found = finished(catalogue("steady", "amd64", workspace))
    alpha = found.package("alpha")
    assert alpha is not None and alpha.version == "1.1~beta"
    assert "has no steady-security" in found.notes[0]
    with pytest.raises(IndexUnreachable, match="no such file"):
        finished(catalogue("unheard-of", "amd64", workspace))
    with pytest.raises(Untrusted, match="no packages for s390x"):
        finished(catalogue("steady", "s390x", workspace))
