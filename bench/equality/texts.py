"""Texts of many scripts, ten thousand by default: what tokenizers have to agree on."""

from __future__ import annotations

import random
import sys
import unicodedata
from importlib.metadata import distributions

_BLOCKS = (
    *((0x20, 0x7E), (0xA0, 0x24F), (0x250, 0x2FF), (0x370, 0x3FF), (0x400, 0x52F), (0x531, 0x58F), (0x591, 0x5F4)),
    *((0x600, 0x6FF), (0x700, 0x74F), (0x900, 0x97F), (0x980, 0x9FF), (0xB80, 0xBFF), (0xE01, 0xE5B), (0xF00, 0xFDA)),
    *((0x1000, 0x109F), (0x10A0, 0x10FF), (0x1100, 0x11FF), (0x1200, 0x139F), (0x13A0, 0x13FF), (0x1780, 0x17FF)),
    *((0x1E00, 0x1FFF), (0x2010, 0x206F), (0x2070, 0x20CF), (0x2100, 0x23FF), (0x2460, 0x27BF), (0x2800, 0x28FF)),
    *((0x3040, 0x30FF), (0x3131, 0x318E), (0x3200, 0x33FF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3), (0xF900, 0xFAFF)),
    *(
        (0xFB00, 0xFDFF),
        (0xFE30, 0xFFEE),
        (0x10330, 0x1034A),
        (0x1D400, 0x1D7FF),
        (0x1F300, 0x1FAFF),
        (0x20000, 0x2A6DF),
    ),
)
_SPACES = (
    " ",
    "  ",
    "   ",
    "\t",
    "\n",
    "\r\n",
    "\u00a0",
    "\u2003",
    "\u200b",
    "\u3000",
    "\u2028",
    "\x0b",
    "\x85",
    " \t ",
)
_JOINERS = (
    "\u0301",
    "\u0308",
    "\u0323",
    "\u093c",
    "\u0e49",
    "\u200d",
    "\ufe0f",
    "\u20e3",
    "\u0590",
    "\u064b",
    "\u3099",
)
_EMOJI = ("👩‍👩‍👧", "🏳️‍🌈", "👍🏽", "🇩🇪", "❤️", "1️⃣", "😀", "🤷‍♀️", "☕", "🀄")
_CONTROLS = tuple(
    map(chr, (*range(0x01, 0x09), 0x0E, 0x1B, 0x7F, 0x80, 0x9F, 0xAD, 0x200E, 0x202E, 0x2066, 0xFEFF, 0xFFFD))
)
_SPECIAL = (
    "</s>",
    "<pad>",
    "<unk>",
    "<extra_id_0>",
    "<extra_id_57>",
    "<extra_id_99>",
    " </s> ",
    "<extra_id_",
    "▁",
    "▁▁",
)
_NUMBERS = ("0", "3.14159", "1,000,000", "1e-9", "0x1F", "½", "²", "Ⅷ", "①", "٣٤", "१२", "-7", "50%", "$9.99", "12:30")
_MARKS = (
    " .",
    " ,",
    " !",
    " ?",
    " n't",
    " 'm",
    " 's",
    " 've",
    " 're",
    "...",
    "—",
    "“”",
    "''",
    "```",
    "http://a.b/c?d=e&f",
    "@x",
    "#y",
)


def texts(count: int = 10_000, seed: int = 3) -> list[str]:
    """Different texts: single scripts, mixtures, and sentences out of installed packages."""
    chance = random.Random(seed)
    prose = prose_lines()
    found: dict[str, None] = dict.fromkeys(("", " ", "  ", "\n", "a", "▁", "</s>", "\u0301"))
    while len(found) < count:
        found.setdefault(chance.choice((_script, _script, _mixture, _mixture, _cut))(chance, prose))
    return list(found)


def _script(chance: random.Random, prose: list[str]) -> str:
    block = chance.choice(_BLOCKS)
    words = ["".join(_letter(chance, block) for _ in range(chance.randint(1, 9))) for _ in range(chance.randint(1, 8))]
    return chance.choice(_SPACES[:1] * 6 + _SPACES).join(words)


def _mixture(chance: random.Random, prose: list[str]) -> str:
    parts = []
    for _ in range(chance.randint(1, 10)):
        kind = chance.choice(
            (_SPACES, _JOINERS, _EMOJI, _CONTROLS, _SPECIAL, _NUMBERS, _MARKS, "block", "block", "prose")
        )
        if kind == "block":
            block = chance.choice(_BLOCKS)
            parts.append("".join(_letter(chance, block) for _ in range(chance.randint(1, 6))))
        elif kind == "prose":
            parts.append(" ".join(chance.choice(prose).split(" ")[: chance.randint(1, 5)]))
        else:
            parts.append(chance.choice(kind))
    return chance.choice(("", " ", " ")).join(parts)


def _cut(chance: random.Random, prose: list[str]) -> str:
    line = chance.choice(prose)
    start = chance.randrange(len(line))
    text = line[start : start + chance.randint(5, 300)]
    decomposed = unicodedata.normalize("NFD", text), unicodedata.normalize("NFKD", text)
    return chance.choice((text, text, *decomposed))


def _letter(chance: random.Random, block: tuple[int, int]) -> str:
    while True:
        letter = chr(chance.randint(*block))
        if unicodedata.category(letter) not in ("Cn", "Cs", "Co"):
            return letter


def prose_lines() -> list[str]:
    """Lines of the descriptions of what is installed."""
    lines = {
        line for each in distributions() for line in (each.read_text("METADATA") or "").splitlines() if len(line) > 20
    }
    return sorted(lines) or [sys.copyright]
