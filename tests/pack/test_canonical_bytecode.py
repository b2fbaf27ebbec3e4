from __future__ import annotations

import marshal
import os
import random
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

from jettison.pack.bytecode.canonical import Unreadable, canonical

HERE = (sys.version_info.major, sys.version_info.minor)
MODULES = [
    "argparse", "ast", "collections/__init__", "dataclasses", "email/message", "enum", "functools", "http/client",
    "json/decoder", "json/encoder", "logging/__init__", "mailcap" if sys.version_info < (3, 13) else "mimetypes",
    "pickletools", "re/_compiler" if sys.version_info >= (3, 11) else "sre_compile", "string", "token", "tokenize",
    "typing", "urllib/parse", "xml/etree/ElementPath", "zipfile" if sys.version_info < (3, 12) else "zipimport",
]  # fmt: skip
ODDITIES = '''
"""Everything that a stream can hold."""
import sys
A = (1, -1, 2**40, -(2**80), 1.5, -0.0, 0.0, 1j, "text", "two words", "grüße", "{", b"bytes", None, True, ..., ())
B = (1, -1, 2**40, -(2**80), 1.5, -0.0, 0.0, 1j, "text", "two words", "grüße", "{", b"bytes", None, True, ..., ())
def f(x, /, y=1, *z, w, **v):
    long = "l" * 300, b"l" * 300, "ü" * 300
    if x in {"one", "two", "three", ("four", 5), 6.0, b"seven", None, frozenset()}:
        return [lambda: (x, y), lambda: (x, y), (c for c in z)]
    return x[1:2], x[::3], long
class K:
    """Two words"""
    def method(self): return f"{self!r:>10}", __class__
match A:
    case [1, *rest]: pass
async def g():
    async for i in h(): yield i
'''
SCRIPT = r"""
import marshal, random, struct, sys, warnings
warnings.simplefilter("ignore")
seed = int(sys.argv[1])
paths = sys.argv[2:]
random.Random(seed).shuffle(paths)
kept, found = [], {}
for path in paths:
    code = compile(open(path, "rb").read(), path, "exec", dont_inherit=True)
    if seed % 2:
        kept.append(code)
        kept.append({text for text in code.co_names})
        [sys.intern(text) for text in code.co_consts if isinstance(text, str)]
    found[path] = marshal.dumps(code)
for path in sorted(found):
    sys.stdout.buffer.write(struct.pack("<I", len(found[path])) + found[path])
"""
COMPARE = r"""
import marshal, struct, sys
data = sys.stdin.buffer.read()
def read():
    global data
    size, = struct.unpack_from("<I", data)
    piece, data = data[4:4 + size], data[4 + size:]
    return marshal.loads(piece)
def same(one, other):
    assert type(one) is type(other) and one == other, (one, other)
    if isinstance(one, tuple):
        [same(a, b) for a, b in zip(one, other)]
    if hasattr(one, "co_consts"):
        for name in dir(one):
            if name.startswith("co_") and not callable(getattr(one, name)):
                same(getattr(one, name), getattr(other, name))
count = 0
while data:
    same(read(), read())
    count += 1
print(count)
"""


def pythons() -> Iterator[tuple[str, tuple[int, int]]]:
    """This Python, and every other one that runs here."""
    found = {HERE: sys.executable}
    for minor in range(8, 16):
        path = shutil.which(f"python3.{minor}")
        runs = path and subprocess.run([path, "-c", ""], capture_output=True, check=False).returncode == 0
        if path and runs:
            found.setdefault((3, minor), path)
    yield from ((path, version) for version, path in found.items())


PYTHONS = list(pythons())


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Modules of this Python's library, as far as older ones can compile them too; and one that holds everything."""
    library = Path(os.__file__).parent
    odd = tmp_path_factory.mktemp("sources") / "odd.py"
    odd.write_text(ODDITIES)
    return [odd, *(library / f"{name}.py" for name in MODULES)]


def marshalled(python: str, seed: int, sources: list[Path]) -> list[bytes]:
    """The modules in the order of their paths, marshalled by another process in an order of its own."""
    environment = {"PYTHONHASHSEED": str(seed * 7), "PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
    command = [python, "-S", "-c", SCRIPT, str(seed), *map(str, sources)]
    data = subprocess.run(command, check=True, capture_output=True, env=environment).stdout
    found = []
    while data:
        (size,) = struct.unpack_from("<I", data)
        found.append(data[4 : 4 + size])
        data = data[4 + size :]
    return found


@pytest.mark.parametrize(("python", "version"), PYTHONS, ids=[f"{v[0]}.{v[1]}" for _, v in PYTHONS])
def test_every_process_order_and_hash_seed_gives_the_same_bytes_of_equal_code(
    python: str, version: tuple[int, int], sources: list[Path]
) -> None:
    usable = [path for path in sources if version == HERE or compiles(python, path)]
    runs = [marshalled(python, seed, usable) for seed in (1, 2, 3)]
    assert len(runs[0]) == len(usable) >= 5
    forms = [[canonical(stream, version) for stream in run] for run in runs]
    assert forms[0] == forms[1] == forms[2]
    # The bare streams differ, or this test would prove nothing.
    assert runs[0] != runs[1]
    pairs = b"".join(
        struct.pack("<I", len(piece)) + piece for pair in zip(runs[0], forms[0], strict=True) for piece in pair
    )
    compared = subprocess.run([python, "-c", COMPARE], input=pairs, check=True, capture_output=True)
    assert int(compared.stdout) == len(usable)


def compiles(python: str, path: Path) -> bool:
    code = f"compile(open({str(path)!r}, 'rb').read(), 'x', 'exec')"
    return subprocess.run([python, "-W", "ignore", "-c", code], capture_output=True, check=False).returncode == 0


def test_the_form_is_its_own_form(sources: list[Path]) -> None:
    for stream in marshalled(sys.executable, 5, sources):
        once = canonical(stream, HERE)
        assert canonical(once, HERE) == once


def test_what_occurs_twice_is_marked_once_and_referred_to() -> None:
    text = b"\xda\x01a"  # 'a', interned, marked; 'Z' is 0x5a
    assert canonical(b"\xa9\x02" + text + b"r\x01\x00\x00\x00", HERE) == b"\x29\x02" + text + b"r\x00\x00\x00\x00"
    # Marks without a reference are dropped, equal values without one are joined.
    assert canonical(b"\xa9\x01" + text, HERE) == b"\x29\x01\x5a\x01a"
    assert canonical(b"\x29\x02\x5a\x01a\x5a\x01a", HERE) == b"\x29\x02" + text + b"r\x00\x00\x00\x00"


def test_sets_have_an_order_and_values_of_other_types_stay_apart() -> None:
    one, two = b"\x5a\x03one", b"\x5a\x03two"
    head = b"\x3e\x02\x00\x00\x00"
    assert canonical(head + two + one, HERE) == canonical(head + one + two, HERE) == head + one + two
    values = (1, 1.0, True, 0.0, -0.0, "1", b"1", 1 + 0j)
    back = marshal.loads(canonical(marshal.dumps(values), HERE))
    assert [repr(value) for value in back] == [repr(value) for value in values]


def test_a_slice_of_python_3_14_is_read() -> None:
    number = b"\x69\x01\x00\x00\x00"
    nothing = b"N"
    stream = b"\xba" + number + number + nothing  # ':' is 0x3a
    assert canonical(stream, (3, 14)) == b"\x3a" + b"\xe9\x01\x00\x00\x00" + b"r\x00\x00\x00\x00" + nothing


def test_lists_and_dicts_are_never_joined() -> None:
    value = [[], [], {"a": []}, {"a": []}]
    back = marshal.loads(canonical(marshal.dumps(value), HERE))
    assert back == value
    assert back[0] is not back[1] and back[2] is not back[3]


@pytest.mark.parametrize("stream", [b"", b"\x29\x02N", b"r\x00\x00\x00\x00", b"?", b"NN", b"\x73\xff\xff\xff\xff"])
def test_a_damaged_stream_is_named_as_such(stream: bytes) -> None:
    with pytest.raises(Unreadable):
        canonical(stream, HERE)


def test_random_values_come_back_equal() -> None:
    dice = random.Random(11)

    def value(depth: int) -> Any:
        kinds: list[Callable[[], Any]] = [
            lambda: dice.randint(-(2 ** dice.randint(1, 200)), 2**70),
            dice.random,
            lambda: complex(dice.random(), 1),
            lambda: "".join(dice.choices("ab_9 üß{}\U0001f600", k=dice.randint(0, 300))),
            lambda: dice.randbytes(dice.randint(0, 300)),
            lambda: dice.choice([None, True, False, ..., StopIteration]),
            lambda: tuple(value(depth - 1) for _ in range(dice.randint(0, 300 if depth == 1 else 4))),
            lambda: frozenset(value(0) for _ in range(dice.randint(0, 4))),
        ]
        return dice.choice(kinds[: 6 if depth == 0 else 8])()

    for _ in range(200):
        made = value(3)
        assert marshal.loads(canonical(marshal.dumps(made), HERE)) == made


def test_it_is_code_that_runs(sources: list[Path]) -> None:
    code = compile("def add(a, b=2):\n    return a + b\nresult = add(40)\n", "x.py", "exec")
    back = marshal.loads(canonical(marshal.dumps(code), HERE))
    assert isinstance(back, CodeType)
    world: dict[str, object] = {}
    exec(back, world)
    assert world["result"] == 42
