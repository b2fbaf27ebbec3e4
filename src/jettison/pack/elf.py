"""Reads shared libraries: what one asks the loader for, and the same one without its symbol table."""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace

_MAGIC = b"\x7fELF"
_CLASS_64, _LITTLE = 2, 1
_LOAD_SEGMENT, _DYNAMIC_SEGMENT = 1, 2
_END, _NEEDED, _STRING_TABLE = 0, 1, 5
_STRINGS, _NO_BITS = 3, 8
_IN_MEMORY = 2
"""Flag of a section that the loader maps."""
_SEGMENT = struct.Struct("<IIQQQQQQ")
_SECTION = struct.Struct("<IIQQQQIIQQ")
_SECTION_NAMES = b".shstrtab"


class NotElf(ValueError):
    """No 64-bit, little-endian ELF file, or one of an unusual form."""


@dataclass(frozen=True, kw_only=True)
class Segment:
    """What the loader sees: a stretch of the file at an address."""

    kind: int
    offset: int
    address: int
    size: int


@dataclass(frozen=True, kw_only=True)
class Section:
    """What a linker or debugger sees."""

    name: bytes
    kind: int
    flags: int
    address: int
    offset: int
    size: int
    link: int
    info: int
    alignment: int
    entry_size: int


@dataclass(frozen=True, kw_only=True)
class Elf:
    """One file, its tables read."""

    data: bytes
    segments: tuple[Segment, ...]
    sections: tuple[Section, ...]

    @property
    def loaded_end(self) -> int:
        """Behind the last byte that any segment, or the table of segments, takes of the file."""
        table = int.from_bytes(self.data[32:40], "little")
        ends = [segment.offset + segment.size for segment in self.segments]
        return max([64, table + len(self.segments) * _SEGMENT.size, *ends])


def elf(data: bytes) -> Elf:
    """The file's tables. :raises NotElf:"""
    if data[:4] != _MAGIC or data[4:6] != bytes([_CLASS_64, _LITTLE]):
        raise NotElf("no 64-bit, little-endian ELF file")
    try:
        segments, sections = struct.unpack_from("<QQ", data, 32)
        segment_size, segment_count, section_size, section_count, names = struct.unpack_from("<HHHHH", data, 54)
        if (segment_size, section_size) != (_SEGMENT.size, _SECTION.size):
            raise NotElf("tables of an unusual form")
        raw = [_SECTION.unpack_from(data, sections + n * section_size) for n in range(section_count)]
        texts = data[raw[names][4] : raw[names][4] + raw[names][5]] if raw else b""
        return Elf(
            data=data,
            segments=tuple(_segment(data, segments + n * segment_size) for n in range(segment_count)),
            sections=tuple(Section(name=_text(texts, r[0]), **dict(zip(_FIELDS, r[1:], strict=True))) for r in raw),
        )
    except (struct.error, ValueError, IndexError) as cause:
        raise NotElf("damaged tables") from cause


_FIELDS = ("kind", "flags", "address", "offset", "size", "link", "info", "alignment", "entry_size")


def needed(data: bytes) -> tuple[str, ...]:
    """The libraries that the file names as needed (``DT_NEEDED``). :raises NotElf:"""
    found = elf(data)
    dynamic = next((segment for segment in found.segments if segment.kind == _DYNAMIC_SEGMENT), None)
    names: list[int] = []
    strings = 0
    entries = data[dynamic.offset : dynamic.offset + dynamic.size] if dynamic else b""
    for tag, value in struct.iter_unpack("<qQ", entries[: len(entries) // 16 * 16]):
        if tag == _END:
            break
        if tag == _NEEDED:
            names.append(value)
        elif tag == _STRING_TABLE:
            strings = _place(found, value)
    return tuple(_text(data, strings + name).decode("utf-8", "replace") for name in names)


def without_symbols(data: bytes) -> bytes:
    """The same library without what only linkers and debuggers read; as it is, when that cannot be taken off.

    Unlike ``strip``, nothing that the loader maps is moved or changed, byte for byte, which is what breaks
    libraries that were patched after linking. So only what lies behind the last mapped byte can go.

    :raises NotElf:
    """
    found = elf(data)
    end = found.loaded_end
    if not found.sections or any(_is_lost(section, end) for section in found.sections):
        return data
    kept = [n for n, section in enumerate(found.sections) if n == 0 or section.flags & _IN_MEMORY]
    number_of = {old: new for new, old in enumerate(kept)}
    sections = [
        replace(found.sections[n], link=number_of.get(found.sections[n].link, 0), info=_info(found, n, number_of))
        for n in kept
    ]
    texts, places = _name_table([*(section.name for section in sections), _SECTION_NAMES])
    names = Section(
        name=_SECTION_NAMES,
        kind=_STRINGS,
        flags=0,
        address=0,
        offset=end,
        size=len(texts),
        link=0,
        info=0,
        alignment=1,
        entry_size=0,
    )
    table = end + len(texts) + -(end + len(texts)) % 8
    rows = b"".join(_row(section, place) for section, place in zip([*sections, names], places, strict=True))
    head = bytearray(data[:end])
    struct.pack_into("<Q", head, 40, table)
    struct.pack_into("<HH", head, 60, len(kept) + 1, len(kept))
    return bytes(head) + texts + bytes(table - end - len(texts)) + rows


def _is_lost(section: Section, end: int) -> bool:
    """A section that the loader maps, but that lies where the file would be cut."""
    mapped = section.flags & _IN_MEMORY and section.kind != _NO_BITS
    return bool(mapped) and section.offset + section.size > end


def _info(found: Elf, number: int, number_of: dict[int, int]) -> int:
    """The second reference of a section, which is one to another section for relocations only."""
    section = found.sections[number]
    return number_of.get(section.info, 0) if section.kind in (4, 9) else section.info


def _name_table(names: list[bytes]) -> tuple[bytes, list[int]]:
    texts, places = b"\0", []
    for name in names:
        places.append(len(texts) if name else 0)
        texts += name + b"\0" if name else b""
    return texts, places


def _row(section: Section, name: int) -> bytes:
    return _SECTION.pack(name, *(getattr(section, field) for field in _FIELDS))


def _segment(data: bytes, at: int) -> Segment:
    kind, _, offset, address, _, size, _, _ = _SEGMENT.unpack_from(data, at)
    return Segment(kind=kind, offset=offset, address=address, size=size)


def _place(found: Elf, address: int) -> int:
    """Where in the file lies what is loaded at an address."""
    for segment in found.segments:
        if segment.kind == _LOAD_SEGMENT and segment.address <= address < segment.address + segment.size:
            return address - segment.address + segment.offset
    raise NotElf("an address outside every segment")


def _text(data: bytes, at: int) -> bytes:
    return data[at : data.index(b"\0", at)]
