"""Which packages a Python service stands on, and which of their files it never opens. Every line has its reason."""

from __future__ import annotations

import re
from fnmatch import translate

VERSION = 1
"""Goes up when the code beside these tables changes what a root holds."""


def wanted(python: str) -> tuple[str, ...]:
    """The packages that are named; everything else comes by dependency."""
    return (
        f"python{python}-minimal",  # the interpreter and what it needs to start
        f"libpython{python}-stdlib",  # the rest of the standard library
        "libstdc++6",  # wheels of numerical libraries are C++
        "libgcc-s1",
        "libc-bin",  # the locale C.UTF-8, which is the image's
        "base-files",  # os-release, licences
        "ca-certificates",  # whom TLS trusts
        "tzdata",  # zoneinfo
    )


MAINTAINER_SCRIPTS = "is called by maintainer scripts only, and none is run"
TERMINAL = "serves a person at a terminal"

LEFT_OUT: dict[str, str] = {
    "dpkg": MAINTAINER_SCRIPTS,
    "debconf": MAINTAINER_SCRIPTS,
    "perl-base": MAINTAINER_SCRIPTS,
    "mawk": MAINTAINER_SCRIPTS,
    "openssl": "its command rehashes certificates, which is done here instead",
    "openssl-provider-legacy": "ciphers that no current peer offers",
    "libreadline8": TERMINAL,
    "libreadline8t64": TERMINAL,
    "readline-common": TERMINAL,
    "libncursesw6": TERMINAL,
    "libtinfo6": TERMINAL,
    "libdb5.3": "for dbm.ndbm; dbm.dumb and sqlite3 remain",
    "libdb5.3t64": "for dbm.ndbm; dbm.dumb and sqlite3 remain",
    "libnsl2": "for the nis module, which Python 3.13 removed",
    "libtirpc3": "for the nis module, which Python 3.13 removed",
}
"""Packages that are not installed though something depends on them."""

UNNEEDED_FILES: tuple[tuple[str, str], ...] = (
    ("usr/share/doc/*/*", "documentation; copyright files stay"),
    ("usr/share/man/*", "manuals"),
    ("usr/share/info/*", "manuals"),
    ("usr/share/locale/*", "translations of messages"),
    ("usr/share/lintian/*", "for package builders"),
    ("usr/share/bug/*", "for reporting bugs"),
    ("usr/share/gdb/*", "for debuggers"),
    ("usr/share/gcc/*", "for debuggers"),
    ("usr/share/perl*", "Perl"),
    ("usr/share/binfmts/*", "maintainer scripts"),
    ("usr/share/applications/*", "desktop"),
    ("usr/share/pixmaps/*", "desktop"),
    ("usr/share/base-files/*", "templates of maintainer scripts"),
    ("usr/share/ca-certificates/*", "certificates one by one; the bundle holds them all"),
    ("usr/sbin/*", "administration"),
    ("usr/bin/catchsegv", TERMINAL),
    ("usr/bin/getconf", TERMINAL),
    ("usr/bin/getent", TERMINAL),
    ("usr/bin/iconv", TERMINAL),
    ("usr/bin/ld.so", TERMINAL),
    ("usr/bin/ldd", TERMINAL),
    ("usr/bin/locale", TERMINAL),
    ("usr/bin/localedef", TERMINAL),
    ("usr/bin/pldd", TERMINAL),
    ("usr/bin/tzselect", TERMINAL),
    ("usr/bin/zdump", TERMINAL),
    ("usr/share/libc-bin/*", "templates of maintainer scripts"),
    ("usr/bin/pdb3*", "debugger"),
    ("usr/bin/pygettext3*", "for translators"),
    ("usr/lib/*/gconv/*", "iconv's tables; Python has its own codecs"),
    ("usr/lib/*/audit/*", "for debuggers"),
    ("usr/lib/*/libmemusage.so", "for debuggers"),
    ("usr/lib/*/libpcprofile.so", "for debuggers"),
    ("usr/share/zoneinfo/right/*", "time zones with leap seconds, which Python's clock has not"),
    ("usr/share/zoneinfo/posix/*", "the same time zones again"),
    ("usr/lib/python3.*/test/*", "the standard library's tests"),
    ("usr/lib/python3.*/*/tests/*", "the standard library's tests"),
    ("usr/lib/python3.*/*/test/*", "the standard library's tests"),
    ("usr/lib/python3.*/idlelib/*", "editor"),
    ("usr/lib/python3.*/tkinter/*", "windows on a screen"),
    ("usr/lib/python3.*/turtledemo/*", "windows on a screen"),
    ("usr/lib/python3.*/turtle.py", "windows on a screen"),
    ("usr/lib/python3.*/lib2to3/*", "converts Python 2"),
    ("usr/lib/python3.*/pydoc_data/*", "texts of the interactive help"),
    ("usr/lib/python3.*/ensurepip/*", "installs pip"),
    ("usr/lib/python3.*/config-3.*/*", "for embedding Python"),
    ("usr/lib/python3.*/lib-dynload/_tkinter.*", "windows on a screen"),
    ("usr/lib/python3.*/curses/*", TERMINAL),
    ("usr/lib/python3.*/lib-dynload/_curses*", TERMINAL),
    ("usr/lib/python3.*/lib-dynload/readline.*", TERMINAL),
    ("usr/lib/python3.*/lib-dynload/_dbm.*", "without its library"),
    ("usr/lib/python3.*/lib-dynload/nis.*", "without its library"),
    ("usr/lib/python3.*/lib-dynload/_test*", "the standard library's tests"),
    ("usr/lib/python3.*/lib-dynload/_xxtestfuzz.*", "the standard library's tests"),
    ("usr/lib/python3.*/lib-dynload/_ctypes_test.*", "the standard library's tests"),
)
"""Patterns of paths after the merge of ``/usr``; ``*`` matches slashes too."""

_UNNEEDED = re.compile("|".join(f"(?:{translate(pattern)})" for pattern, _ in UNNEEDED_FILES))
_COPYRIGHT = re.compile(r"usr/share/doc/[^/]+/copyright")


def is_needed(path: str) -> bool:
    """The file stays. Licences always do."""
    return bool(_COPYRIGHT.fullmatch(path)) or not _UNNEEDED.match(path)
