from __future__ import annotations

import ast
from pathlib import Path

import pytest

from jettison.intake.source.code import Code
from jettison.intake.source.folding import Folding, Place
from tests.intake.building import built

CONFIG = """
import os
from enum import Enum
from pydantic_settings import BaseSettings

DIR = "/data"
NAMES = {"small": "t5-small", "big": {"en": "t5-base"}}
LISTED = ["a", "b"]

class Kind(Enum):
    ONE = "one"

class Settings(BaseSettings):
    model_name: str = "default"
    other: str = os.path.join(DIR, "other")
    class Config:
        env_prefix = "APP_"

class Plain:
    name = "plain"
    def __init__(self, folder="f"):
        self.path = folder + "/x"
    @property
    def whole(self):
        return self.path + "!"

settings = Settings()

def get_settings():
    return Settings()

def helper(name="d"):
    return f"{name}-made"
"""

MAIN = """
import argparse, os, config, os.path as osp
from pathlib import Path
from config import *
from config import DIR as D, settings, get_settings, Plain as P, helper, Kind

BASE = Path(__file__).resolve().parent
HERE = os.path.dirname(os.path.abspath(__file__))
A, B = "left", "right"
if os.environ.get("X"):
    CHOSEN = "yes"
else:
    CHOSEN = "no"
parser = argparse.ArgumentParser()
parser.add_argument("-m", "--model-name", default="from-args")
args = parser.parse_args()
plain = P("folder")
RESULT = {expression}
"""


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("'x'", ["x"]),
        ("7", ["7"]),
        ("True", []),
        ("None", []),
        ("D", ["/data"]),
        ("DIR", ["/data"]),
        ("config.DIR", ["/data"]),
        ("A + '/' + B", ["left/right"]),
        ("f'{A}-{B!r:>3}'", ["left-right"]),
        ("'%s/%s' % (A, B)", ["left/right"]),
        ("'{}/{b}'.format(A, b=B)", ["left/right"]),
        ("'{'.format(A)", []),
        ("A.replace('l', 'L')", ["Left"]),
        ("CHOSEN", ["yes", "no"]),
        ("A if B else 'c'", ["left", "c"]),
        ("os.environ.get('NOPE') or 'fallback'", ["fallback"]),
        ("os.environ['SET']", ["from-env"]),
        ("os.environ['NOPE']", []),
        ("os.getenv('SET', 'unused')", ["from-env"]),
        ("os.environ.get('NOPE', D)", ["/data"]),
        ("os.path.join(D, 'm', A)", ["/data/m/left"]),
        ("osp.join(D, '/abs')", ["/abs"]),
        ("', '.join(['a'])", []),
        ("Path('a') / 'b' / A", ["a/b/left"]),
        ("Path('a', 'b').joinpath('c')", ["a/b/c"]),
        ("str(BASE / 'm')", ["/srv/m"]),
        ("BASE.parent / 'm'", ["/m"]),
        ("os.path.join(HERE, 'm')", ["/srv/m"]),
        ("os.path.abspath('m')", ["/srv/m"]),
        ("os.path.expanduser('~/m')", ["/home/me/m"]),
        ("Path('m').resolve().as_posix()", ["/srv/m"]),
        ("os.getcwd() + '/m'", ["/srv/m"]),
        ("Path('a/b.txt').stem", ["b"]),
        ("Path('a/b.txt').with_suffix('.onnx')", ["a/b.onnx"]),
        ("NAMES['small']", ["t5-small"]),
        ("NAMES['big']['en']", ["t5-base"]),
        ("NAMES.get('small')", ["t5-small"]),
        ("NAMES.get('none', 'd')", ["d"]),
        ("NAMES[unknown]", ["t5-small"]),
        ("LISTED[1]", ["b"]),
        ("LISTED[-9]", ["a", "b"]),
        ("settings.model_name", ["env-wins"]),
        ("settings.other", ["/data/other"]),
        ("get_settings().model_name", ["env-wins"]),
        ("config.settings.other", ["/data/other"]),
        ("Kind.ONE.value", ["one"]),
        ("plain.name", ["plain"]),
        ("plain.path", ["folder/x", "f/x"]),
        ("plain.whole", ["folder/x!", "f/x!"]),
        ("helper('n')", ["n-made", "d-made"]),
        ("args.model_name", ["from-args"]),
        ("(x := 'walrus')", ["walrus"]),
        ("unknown_name", []),
        ("unknown.thing('x')", []),
        ("lambda: 1", []),
        ("RESULT", []),
    ],
)
def test_an_expression_is_worked_out_by_reading(tmp_path: Path, expression: str, values: list[str]) -> None:
    made = built(
        tmp_path,
        "FROM a\nWORKDIR /srv\nENV SET=from-env APP_MODEL_NAME=env-wins HOME=/home/me\nCOPY *.py .\n",
        {"config.py": CONFIG, "main.py": MAIN.replace("{expression}", expression)},
    )
    code = Code(build=made, notes=[])
    module = code.module("/srv/main.py")
    assert module is not None
    assert code.module("/srv/config.py") is not None
    folding = Folding(code)
    assert list(folding.values(module.assigned["RESULT"][0], Place(module))) == values


def test_values_follow_parameters_locals_and_self(tmp_path: Path) -> None:
    text = (
        "class Net:\n    DEFAULT = 'c'\n    def __init__(self, path=None):\n"
        "        self.path = path or self.DEFAULT\n"
        "    def load(self, kind='k'):\n        local = self.path + kind\n"
        "        with open(local) as f:\n            use(f)\n"
        "Net('/m/')\n"
    )
    made = built(tmp_path, "FROM a\nCOPY n.py /\n", {"n.py": text})
    code = Code(build=made, notes=[])
    module = code.module("/n.py")
    assert module is not None
    ((node, frames),) = [(node, frames) for node, frames in module.calls if ast.unparse(node) == "use(f)"]
    assert Folding(code).values(node.args[0], Place(module, frames)) == ("/m/k", "ck")


def test_circles_end(tmp_path: Path) -> None:
    made = built(
        tmp_path,
        "FROM a\nCOPY *.py /\n",
        {
            "a.py": "from b import X\nY = X\n",
            "b.py": "from a import Y as X\nclass C(C): pass\ndef f(): return f()\nZ = f()\n",
        },
    )
    code = Code(build=made, notes=[])
    for name in ("/a.py", "/b.py"):
        module = code.module(name)
        assert module is not None
        for values in module.assigned.values():
            assert Folding(code).values(values[0], Place(module)) == ()


def test_many_choices_stay_few(tmp_path: Path) -> None:
    text = "A = 'a' if x else 'b'\n" + "B = " + " + ".join(["A"] * 12) + "\n"
    made = built(tmp_path, "FROM a\nCOPY a.py /\n", {"a.py": text})
    code = Code(build=made, notes=[])
    module = code.module("/a.py")
    assert module is not None
    assert len(Folding(code).values(module.assigned["B"][0], Place(module))) == 8
