from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from jettison.errors import EnvironmentUnusable, ImageInvalid, SettingsInvalid, Unresolvable, Untrusted
from jettison.oci import entries
from jettison.pack.layering import inside
from jettison.pack.rootfs import made_files, rules
from jettison.pack.rootfs.base_lock import BaseLock, LockedPackage, lock_bytes, packages_of, read_lock
from jettison.pack.rootfs.extract import extracted, merge_usr
from jettison.pack.rootfs.links import real_path
from jettison.pack.rootfs.python_inside import libc_version, python_inside
from jettison.pack.rootfs.suites import SUITES, nearest
from jettison.packages.debian import Mirror, SeenRelease
from tests.packages.debian.make_repository import deb


def test_the_suite_follows_the_python_and_a_newer_one_is_preferred_to_an_older() -> None:
    chosen = {python: nearest(python, "debian")[0].codename for python in ("3.8", "3.11", "3.12", "3.13", "3.14")}
    assert chosen == {"3.8": "bookworm", "3.11": "bookworm", "3.12": "trixie", "3.13": "trixie", "3.14": "trixie"}
    assert nearest("3.12", "ubuntu") == (SUITES[3], "")
    assert nearest("3.11", "ubuntu")[0].codename == "noble"
    assert nearest("3.11", "debian")[1] == ""
    assert "asks for Python 3.12; debian trixie has 3.13" in nearest("3.12", "debian")[1]
    with pytest.raises(EnvironmentUnusable, match="no base for arch"):
        nearest("3.11", "arch")


@pytest.mark.parametrize(
    ("path", "stays"),
    [
        ("usr/share/doc/libc6/copyright", True),
        ("usr/share/doc/libc6/changelog.gz", False),
        ("usr/share/doc/libgcc-s1", True),
        ("usr/share/common-licenses/GPL-3", True),
        ("usr/share/man/man1/python3.1.gz", False),
        ("usr/lib/x86_64-linux-gnu/gconv/UTF-16.so", False),
        ("usr/lib/x86_64-linux-gnu/libc.so.6", True),
        ("usr/lib/python3.11/test/support/__init__.py", False),
        ("usr/lib/python3.13/unittest/case.py", True),
        ("usr/lib/python3.11/idlelib/idle.py", False),
        ("usr/lib/python3.11/lib-dynload/_ssl.cpython-311-x86_64-linux-gnu.so", True),
        ("usr/lib/python3.11/lib-dynload/readline.cpython-311-x86_64-linux-gnu.so", False),
        ("usr/lib/python3.11/encodings/cp1252.py", True),
        ("usr/lib/os-release", True),
        ("usr/lib/locale/C.utf8/LC_CTYPE", True),
        ("usr/bin/localedef", False),
        ("usr/share/zoneinfo/Europe/Berlin", True),
        ("usr/share/zoneinfo/right/Europe/Berlin", False),
    ],
)
def test_a_file_stays_or_goes_by_rule(path: str, stays: bool) -> None:
    assert rules.is_needed(path) is stays


def test_every_rule_has_a_reason() -> None:
    assert all(reason for _, reason in rules.UNNEEDED_FILES)
    assert all(rules.LEFT_OUT.values())


def package(path: Path, fill: Callable[[tarfile.TarFile], None]) -> Path:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as tar:
        fill(tar)
    whole = deb("Package: p\n", {}, "gz")
    start = whole.index(b"data.tar.gz")
    head = f"{'data.tar':<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(data.getvalue()):<10}`\n".encode()
    path.write_bytes(whole[:start] + head + data.getvalue())
    return path


def add(tar: tarfile.TarFile, name: str, *, link: str = "", kind: bytes = tarfile.REGTYPE, mode: int = 0o644) -> None:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.mode = kind, link, mode
    info.size = 4 if kind == tarfile.REGTYPE else 0
    tar.addfile(info, io.BytesIO(b"data"))


def test_packages_are_laid_out_with_usr_merged(tmp_path: Path) -> None:
    def fill(tar: tarfile.TarFile) -> None:
        add(tar, "./", kind=tarfile.DIRTYPE)
        add(tar, "./bin", kind=tarfile.SYMTYPE, link="usr/bin")
        add(tar, "./lib/x86_64-linux-gnu/libx.so.1", kind=tarfile.SYMTYPE, link="libx.so.1.0")
        add(tar, "./lib/x86_64-linux-gnu/libx.so.1.0")
        add(tar, "./bin/tool", mode=0o4755)
        add(tar, "./usr/bin/other-name", kind=tarfile.LNKTYPE, link="./bin/tool")
        add(tar, "./.hidden")
        add(tar, "./unneeded/file")
        add(tar, "./usr/bin/of-unneeded", kind=tarfile.LNKTYPE, link="./unneeded/file")
        add(tar, "./dev/null", kind=tarfile.CHRTYPE)

    root = tmp_path / "root"
    root.mkdir()
    kept = extracted(package(tmp_path / "p.deb", fill), root, lambda path: "unneeded/" not in path)
    merge_usr(root)
    assert kept == (
        ".hidden",
        "usr/bin/other-name",
        "usr/bin/tool",
        "usr/lib/x86_64-linux-gnu/libx.so.1",
        "usr/lib/x86_64-linux-gnu/libx.so.1.0",
    )
    assert (root / "bin/tool").read_bytes() == b"data"
    assert (root / "usr/bin/tool").samefile(root / "usr/bin/other-name")
    assert (root / "usr/bin/tool").stat().st_mode & 0o7777 == 0o755
    assert (root / "lib/x86_64-linux-gnu/libx.so.1").read_bytes() == b"data"
    assert {link: str((root / link).readlink()) for link in ("bin", "sbin", "lib", "lib64")} == {
        "bin": "usr/bin",
        "sbin": "usr/sbin",
        "lib": "usr/lib",
        "lib64": "usr/lib64",
    }


@pytest.mark.parametrize(
    "attack",
    [
        [("../escaped", tarfile.REGTYPE, "")],
        [("usr/../../escaped", tarfile.REGTYPE, "")],
        [("link", tarfile.SYMTYPE, ".."), ("link/escaped", tarfile.REGTYPE, "")],
        [("link", tarfile.SYMTYPE, "/"), ("link/escaped-absolutely", tarfile.REGTYPE, "")],
    ],
)
def test_a_package_cannot_write_outside_its_root(tmp_path: Path, attack: list[tuple[str, bytes, str]]) -> None:
    (tmp_path / "root").mkdir()

    def fill(tar: tarfile.TarFile) -> None:
        for name, kind, link in attack:
            add(tar, name, kind=kind, link=link)

    bad = package(tmp_path / "p.deb", fill)
    with pytest.raises(Untrusted, match="outside its root"):
        extracted(bad, tmp_path / "root", lambda path: True)
    assert not list(tmp_path.glob("escaped*")) and not Path("/escaped-absolutely").exists()


def test_the_files_of_maintainer_scripts_are_made(tmp_path: Path) -> None:
    (tmp_path / "b.crt").write_text("SECOND\n")
    (tmp_path / "a.crt").write_text("FIRST")
    root = tmp_path / "root"
    made_files.certificate_bundle(root, [tmp_path / "b.crt", tmp_path / "a.crt"])
    made_files.accounts_and_folders(root)
    made_files.package_database(
        root,
        [
            ("zlib1g", "Package: zlib1g\nVersion: 1:1.2\nDescription: z\n more\n", ("usr/lib/libz.so",)),
            ("libc6", "Package: libc6\nVersion: 2.36\n", ()),
        ],
    )
    assert (root / "etc/ssl/certs/ca-certificates.crt").read_text() == "FIRST\nSECOND\n"
    assert str((root / "usr/lib/ssl/cert.pem").readlink()) == "/etc/ssl/certs/ca-certificates.crt"
    assert "nonroot:x:65532:65532:" in (root / "etc/passwd").read_text()
    assert (root / "tmp").is_dir() and (root / "proc").is_dir()
    assert (root / "var/lib/dpkg/status").read_text() == (
        "Package: libc6\nStatus: install ok installed\nVersion: 2.36\n\n"
        "Package: zlib1g\nStatus: install ok installed\nVersion: 1:1.2\nDescription: z\n more\n"
    )
    assert (root / "var/lib/dpkg/info/zlib1g.list").read_text() == "/usr/lib/libz.so\n"


def locked(name: str, filename: str, sha256: str, *, security: bool) -> LockedPackage:
    return LockedPackage(
        name=name, version="1", architecture="amd64", filename=filename, sha256=sha256, size_bytes=5, security=security
    )


LOCK = BaseLock(
    distribution="debian",
    suite="bookworm",
    architecture="amd64",
    python="3.11",
    releases=(SeenRelease(suite="bookworm", date="Sat, 11 Jul 2026 10:16:37 UTC", sha256="00"),),
    packages=(
        locked("libc6", "pool/c.deb", "11", security=False),
        locked("zlib1g", "pool/z.deb", "22", security=True),
    ),
)


def test_a_base_lock_comes_back_and_finds_its_packages_at_another_mirror(tmp_path: Path) -> None:
    (tmp_path / "base.lock.json").write_bytes(lock_bytes(LOCK))
    assert read_lock(tmp_path / "base.lock.json", "amd64") == LOCK
    mirror = Mirror(distribution="debian", suite="", archive="http://a.test", security="http://s.test", keyrings=())
    found = packages_of(LOCK, mirror)
    assert [package.url for package in found] == ["http://a.test/pool/c.deb", "http://s.test/pool/z.deb"]
    assert [package.sha256 for package in found] == ["11", "22"]
    with pytest.raises(Unresolvable, match="the lock is of debian, the mirror of ubuntu"):
        packages_of(LOCK, Mirror(distribution="ubuntu", suite="", archive="", security="", keyrings=()))


@pytest.mark.parametrize("text", ["", "{}", "[]", "no json", '{"format": 1, "packages": 3}'])
def test_a_file_that_is_no_base_lock_is_one_clear_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "lock").write_text(text)
    with pytest.raises(SettingsInvalid, match="is no base lock"):
        read_lock(tmp_path / "lock", "amd64")
    with pytest.raises(SettingsInvalid, match="is no base lock"):
        read_lock(tmp_path / "missing", "amd64")


def test_a_lock_of_another_architecture_is_refused(tmp_path: Path) -> None:
    (tmp_path / "lock").write_bytes(lock_bytes(LOCK))
    with pytest.raises(SettingsInvalid, match="for amd64, not of 1 for arm64"):
        read_lock(tmp_path / "lock", "arm64")


def make(root: Path, files: list[str], links: dict[str, str]) -> None:
    for name in files:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    for name, target in links.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).symlink_to(target)


def test_the_python_of_an_official_image_is_found_before_that_of_its_debian(tmp_path: Path) -> None:
    files = ["usr/local/bin/python3.12", "usr/local/lib/python3.12/os.py", "usr/bin/python3.11", "etc/debian_version"]
    make(
        tmp_path,
        [*files, "usr/lib/python3.11/os.py"],
        {"usr/local/bin/python3": "python3.12", "usr/bin/python3": "python3.11", "bin": "usr/bin"},
    )
    found = python_inside(tmp_path, "/usr/local/bin:/usr/bin", "here")
    assert (found.version, found.executable) == ("3.12", "usr/local/bin/python3.12")
    assert found.site == "usr/local/lib/python3.12/site-packages"
    debian = python_inside(tmp_path, "/usr/bin:/usr/local/bin", "here")
    assert debian.executable == "usr/bin/python3.11"
    assert debian.standard_library == "usr/lib/python3.11"
    assert debian.site == "usr/local/lib/python3.11/dist-packages"


def test_a_python_behind_absolute_links_is_found_inside_the_root(tmp_path: Path) -> None:
    make(
        tmp_path,
        ["srv/python/bin/python3.13", "srv/python/lib/python3.13/os.py"],
        {"usr/bin/python3": "/etc/alternatives/python3", "etc/alternatives/python3": "/srv/python/bin/python3.13"},
    )
    assert python_inside(tmp_path, "", "here").executable == "srv/python/bin/python3.13"


def test_an_image_without_a_whole_python_is_refused(tmp_path: Path) -> None:
    make(tmp_path, ["usr/bin/python3.11"], {"usr/bin/python3": "/outside/python3.12"})
    with pytest.raises(ImageInvalid, match="no Python in this base"):
        python_inside(tmp_path, "/usr/bin", "here")


def test_the_c_library_is_told_by_its_own_words(tmp_path: Path) -> None:
    assert libc_version(tmp_path) == ""
    (tmp_path / "usr/lib/x86_64-linux-gnu").mkdir(parents=True)
    (tmp_path / "usr/lib/x86_64-linux-gnu/libc.so.6").write_bytes(
        b"\0GNU C Library (Debian GLIBC 2.36-9+deb12u14) stable release version 2.36.\nCopyright"
    )
    assert libc_version(tmp_path) == "2.36"
    other = tmp_path / "alpine"
    make(other, ["lib/ld-musl-x86_64.so.1"], {})
    assert libc_version(other) == "musl"


def test_links_are_followed_as_from_inside(tmp_path: Path) -> None:
    make(tmp_path, ["usr/lib/x"], {"lib": "usr/lib", "a": "/lib/../lib", "b/c": "../../../a", "loop": "loop"})
    assert real_path(tmp_path, "/lib/x") == "usr/lib/x"
    assert real_path(tmp_path, "a/x") == "usr/lib/x"
    assert real_path(tmp_path, "b/c/x") == "usr/lib/x"
    assert real_path(tmp_path, "../../a/missing/y") == "usr/lib/missing/y"
    assert real_path(tmp_path, "loop/x").endswith("x")


def test_a_layer_above_never_hides_a_link_of_the_base(tmp_path: Path) -> None:
    make(tmp_path, ["usr/lib/x"], {"lib": "usr/lib", "var/run": "/run"})
    found = inside(
        tmp_path,
        [
            entries.folder("lib"),
            entries.file("lib/mine/y", b""),
            entries.folder("var/run"),
            entries.file("var/run/service/z", b""),
            entries.file("app/app.py", b""),
        ],
    )
    assert [entry.name for entry in found] == [b"usr/lib/mine/y", b"run/service/z", b"app/app.py"]
