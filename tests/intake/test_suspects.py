"""Lines that are known to cost memory: each rule on code that is guilty and on its innocent twin."""

from __future__ import annotations

from pathlib import Path

import pytest

from jettison.intake import deployment, suspects

HEAD = """
import functools, torch
from collections import deque
from flask import Flask, request
from transformers import AutoModel, AutoTokenizer, pipeline
app = Flask(__name__)
"""
ROUTE = '@app.post("/ask")\n'
MODEL = 'model = AutoModel.from_pretrained("m").eval()\n'
GUILTY = {
    "model-per-request": f"{ROUTE}def ask():\n    return AutoModel.from_pretrained('m').config\n",
    "model-per-request, in a function that is called": (
        f"def answer():\n    return pipeline('ner', model='m')\n{ROUTE}def ask():\n    return answer()(request.json)\n"
    ),
    "growing-global": f"SEEN = []\n{ROUTE}def ask():\n    SEEN.append(request.json)\n",
    "growing-global, by key": f"BY_USER = dict()\n{ROUTE}def ask():\n    BY_USER[request.json['user']] = 1\n",
    "growing-global, as a whole": f"SEEN = []\n{ROUTE}def ask():\n    global SEEN\n    SEEN += [request.json]\n",
    "growing-global, in an inner function": (
        f"SEEN = []\n{ROUTE}def ask():\n    def add(x):\n        SEEN.append(x)\n    found = []\n    add(found)\n"
    ),
    "endless-cache": "@functools.lru_cache(maxsize=None)\ndef size(text):\n    return len(text)\n",
    "endless-cache, of a method": "class A:\n    @functools.lru_cache\n    def size(self):\n        return 1\n",
    "gradients-kept": f"{MODEL}{ROUTE}def ask():\n    return model(request.json).logits\n",
}
INNOCENT = {
    "loaded once, when first asked": (
        "_net = None\n"
        "def net():\n    global _net\n"
        "    if _net is None:\n        _net = AutoModel.from_pretrained('m')\n    return _net\n"
        f"{ROUTE}def ask():\n    return str(net())\n"
    ),
    "loaded by a function that remembers": (
        "@functools.lru_cache(maxsize=1)\ndef net():\n    return AutoModel.from_pretrained('m')\n"
        f"{ROUTE}def ask():\n    return str(net())\n"
    ),
    "a bounded queue": f"SEEN = deque(maxlen=10)\n{ROUTE}def ask():\n    SEEN.append(1)\n",
    "emptied": f"SEEN = []\n{ROUTE}def ask():\n    SEEN.append(1)\n    if len(SEEN) > 9:\n        SEEN.clear()\n",
    "filled at the start": f"NAMES = []\nfor n in 'ab':\n    NAMES.append(n)\n{ROUTE}def ask():\n    return NAMES[0]\n",
    "a key of the code": f"STATE = {{}}\n{ROUTE}def ask():\n    STATE['last'] = request.json\n",
    "a ring": f"LAST = {{}}\n{ROUTE}def ask():\n    LAST[int(request.json['n']) % 50] = 1\n",
    "a local list": f"{ROUTE}def ask():\n    found = []\n    found.append(1)\n    return found\n",
    "a local list of a global's name": (
        f"found = []\n{ROUTE}def ask():\n    found = []\n    found.append(1)\n    found += [2]\n    return found\n"
    ),
    "a parameter of a global's name": f"by = {{}}\n{ROUTE}def ask(by):\n    by[request.json['n']] = 1\n",
    "a local list, filled by an inner function": (
        f"found = []\n{ROUTE}def ask():\n    found = []\n    def add(x):\n        found.append(x)\n    add(1)\n"
    ),
    "replaced": f"SEEN = []\n{ROUTE}def ask():\n    global SEEN\n    SEEN += [1]\n    SEEN = SEEN[-9:]\n",
    "taken from": f"SEEN = set()\n{ROUTE}def ask():\n    global SEEN\n    SEEN |= {{1}}\n    SEEN -= {{1}}\n",
    "a small cache": "@functools.lru_cache(maxsize=64)\ndef size(text):\n    return len(text)\n",
    "without gradients": f"{MODEL}{ROUTE}def ask():\n    with torch.no_grad():\n        return model(request.json)\n",
    "without gradients, all of it": f"{MODEL}{ROUTE}@torch.inference_mode()\ndef ask():\n    return model(1)\n",
}


def service(folder: Path, code: str, command: str = '["flask", "run"]') -> list[str]:
    (folder / "app.py").write_text(HEAD + code)
    (folder / "Dockerfile").write_text(f"FROM python:3.11\nWORKDIR /app\nCOPY app.py .\nCMD {command}\n")
    return [suspect.code for suspect in suspects(deployment(folder))]


@pytest.mark.parametrize("name", GUILTY)
def test_guilty_lines_are_found(name: str, tmp_path: Path) -> None:
    assert service(tmp_path, GUILTY[name]) == [name.partition(",")[0]]


@pytest.mark.parametrize("name", INNOCENT)
def test_innocent_twins_are_not(name: str, tmp_path: Path) -> None:
    assert service(tmp_path, INNOCENT[name]) == []


def test_every_worker_loads_its_own(tmp_path: Path) -> None:
    assert service(tmp_path, MODEL, '["gunicorn", "-w", "3", "app:app"]') == ["model-per-worker"]


def test_threads_do_not_live_through_a_fork(tmp_path: Path) -> None:
    assert service(tmp_path, MODEL, '["gunicorn", "-w", "3", "--preload", "app:app"]') == ["model-before-fork"]


def test_one_worker_shares_with_nobody(tmp_path: Path) -> None:
    assert service(tmp_path, MODEL, '["gunicorn", "-w", "1", "app:app"]') == []
