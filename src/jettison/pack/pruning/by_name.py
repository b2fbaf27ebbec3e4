"""Files that serve building, testing or reading, told by where they lie. A row a rule."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from ..libraries import Libraries
from .needed import Needed
from .pruned import Removal


@dataclass(frozen=True, kw_only=True)
class Row:
    """Paths, relative to the site folder, that an image can do without."""

    rule: str
    reason: str
    pattern: re.Pattern[str]
    """Of a whole path. What its group ``folder`` names stays when the service imports it, or anything below it."""


ROWS: tuple[Row, ...] = (
    Row(
        rule="tests",
        reason="libraries' own tests; only folders named exactly so, for `testing` is imported by others",
        pattern=re.compile(r"(?P<folder>.+/tests?)/.+"),
    ),
    Row(
        rule="headers and sources",
        reason="for compiling against the library",
        pattern=re.compile(
            r".+\.(h|hh|hpp|hxx|cuh|inl|pxd|pxi|pyx|cmake)|.+/(include|cmake|pkgconfig)/.+\.(in|pc|txt|c|cc|cpp|cxx)"
        ),
    ),
    Row(rule="static libraries", reason="for linking", pattern=re.compile(r".+\.(a|lib|la|o)")),
    Row(rule="type stubs", reason="for type checkers", pattern=re.compile(r".+\.pyi")),
    Row(
        rule="numpy's build tools",
        reason="wrap Fortran, and bundle numpy into programs",
        pattern=re.compile(r"(?P<folder>numpy/(f2py|distutils|_pyinstaller|random/_examples))/.+"),
    ),
    Row(
        rule="numpy's test of vector instructions",
        reason="an extension module that its own tests alone import",
        pattern=re.compile(r"numpy/_?core/_simd\..+"),
    ),
    Row(
        rule="numpy's door to LAPACK of old",
        reason="an extension module that numpy 2 keeps and never imports",
        pattern=re.compile(r"(?P<folder>numpy/linalg/lapack_lite)\..+"),
    ),
    Row(
        rule="onnxruntime's tools",
        reason="convert and quantize models before they are served",
        pattern=re.compile(r"(?P<folder>onnxruntime/(tools|quantization|transformers|datasets))/.+"),
    ),
    Row(
        rule="torch's build tools",
        reason="compile extensions; the shared memory manager stays, without it torch does not import",
        pattern=re.compile(r"(?P<folder>torch/(test|include|share|bin))/(?!torch_shm_manager$).+"),
    ),
    Row(rule="bytecode", reason="compiled anew, the same way every time", pattern=re.compile(r".+\.py[co]")),
)

_LICENCE = re.compile(r"(?i).*(licen[cs]e|copying|copyright|notice|authors).*")


def removals(libraries: Libraries, needed: Needed) -> Iterator[Removal]:
    """What every row finds. Licences and metadata always stay."""
    site = libraries.folder
    modules = [
        PurePosixPath(module.path.relative_to(site).as_posix())
        for module in needed.imported.values()
        if module.path.is_relative_to(site)
    ]
    imported = {str(folder) for module in modules for folder in module.parents}
    imported |= {str(module.with_name(module.name.partition(".")[0])) for module in modules}
    files = [file for distribution in libraries.distributions for file in distribution.files if not _stays(file)]
    for row in ROWS:
        found = ((file, match) for file in files if (match := row.pattern.fullmatch(file)))
        yield Removal(
            rule=row.rule,
            reason=row.reason,
            files=frozenset(file for file, match in found if match.groupdict().get("folder") not in imported),
        )


def _stays(file: str) -> bool:
    return ".dist-info/" in file or bool(_LICENCE.fullmatch(PurePosixPath(file).name))
