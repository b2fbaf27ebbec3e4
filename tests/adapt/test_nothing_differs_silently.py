"""Code that would run on the facade and say something else: refused; and its neighbours that are fine: adapted."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.adapt.services import Refused, adapted

LOAD = """
import torch
from transformers import AutoTokenizer, T5ForConditionalGeneration

tokenizer = AutoTokenizer.from_pretrained("model")
model = T5ForConditionalGeneration.from_pretrained("model")
rows = model.generate(**tokenizer("x", return_tensors="pt"))
"""

DIFFERENT = [
    Refused(
        "what an object is",
        LOAD
        + """
import numpy as np

device = torch.device("cpu")
print(isinstance(rows, np.ndarray))  # <- what isinstance says of a tensor may differ
print(isinstance(device, str))  # <- what isinstance says of a torch device may differ
print(hasattr(rows, "cpu"))  # <- whether there is a .cpu differs
print(isinstance(rows, (list, tuple)), isinstance(model, T5ForConditionalGeneration), hasattr(model, "generate"))
""",
    ),
    Refused(
        "what is shown of a shape, and what can be called",
        LOAD
        + """
print(rows.shape[0], f"{rows.shape[-1]}", list(rows.shape[1:]), rows.shape[1:] == (9,))
text = f"{rows.shape[1:]}"  # <- the text of the shape of a tensor
text = str(rows.shape[:1])  # <- the shape of a tensor goes to str
print(callable(model))  # <- a model goes to callable
""",
    ),
    Refused(
        "an error that the service waits for",
        LOAD
        + """
def to_gpu(where):
    model.to(where)  # <- without a GPU this fails


try:
    model.cuda()  # <- without a GPU this fails
    where = "gpu"
except Exception:
    where = "cpu"
try:
    to_gpu(torch.device("cuda"))
except Exception:
    where = "cpu"
""",
    ),
    Refused(
        "a default that the environment or a request overrides",
        LOAD
        + """
from pydantic import BaseModel


class Asked(BaseModel):
    text: str
    sample: bool = False
    beams: int = 1


def answer(asked: Asked):
    return tokenizer.batch_decode(
        model.generate(
            tokenizer.encode(asked.text, return_tensors="pt"),
            num_beams=asked.beams,
            do_sample=asked.sample,  # <- sampling is only possible without beams
        )
    )
""",
    ),
    Refused(
        "what is behind the service's back",
        LOAD
        + """
class Kept:
    def __init__(self):
        self.model = model
        self.size = 3


kept = Kept()
print(vars(kept)["model"])  # <- what vars does
print(kept.__dict__)  # <- only known when the app runs
setattr(kept, input(), model)  # <- only known when the app runs
setattr(kept, input(), 3)  # <- only known when the app runs
""",
    ),
    Refused(
        "names that functions change for others",
        LOAD
        + """
import contextlib

from fastapi import FastAPI

late = None
mine = "text"


def load():
    global late
    late = model


load()
late.half()  # <- .half of a model
with contextlib.suppress(OSError):
    mine = model
    mine = open("text").read()
mine.half()  # <- .half of a model
try:
    mine = model
    mine = open("text").read()
finally:
    mine.half()  # <- .half of a model


@contextlib.asynccontextmanager
async def lifespan(app):
    yield {"model": model}


def outer():
    kept = None

    def inner():
        nonlocal kept
        kept = rows

    inner()
    return kept.std()  # <- .std of a tensor


app = FastAPI(lifespan=lifespan)  # <- lifespan() goes to FastAPI
""",
    ),
    Refused(
        "what may be a tensor or something else",
        LOAD
        + """
from fastapi import Depends


def moved(x):
    return x.to("cpu")  # <- x.to may be a tensor's or something else's


moved(tokenizer("x", return_tensors="pt").input_ids)
Depends(moved)
""",
    ),
    Refused(
        "a batch decoded as one",
        LOAD
        + 'tokenizer.decode(model.generate(**tokenizer("x", return_tensors="pt")))  # <- decode of a whole batch\n',
    ),
    Refused(
        "a list that encode takes for tokens",
        LOAD
        + """
words = tokenizer.tokenize("a b")[:512]
tokenizer.encode(words, return_tensors="pt")  # <- encode of a list takes its items for tokens
""",
    ),
    Refused(
        "a device in other words",
        LOAD
        + """
device = torch.device("cpu")
if device == torch.device("cuda"):  # <- comparing a torch device
    print("fast")
print(f"{device!r}", f"{device=}")  # <- the text of a torch device | the text of a torch device
shown = {"device": device}


def health():
    return len(rows), shown["device"].index  # <- .index of a torch device
""".replace('print(f"{device!r}", f"{device=}")', 'text = f"{device!r}" + f"{device=}"').replace(
            " | the text of a torch device", ""
        ),
    ),
    Refused(
        "settings that the facade would not see",
        LOAD
        + """
tokenizer.pad_token = tokenizer.eos_token  # <- setting .pad_token of a tokenizer
model.config.num_beams = 4  # <- setting .num_beams of a config
model.generation_config.do_sample = True  # <- setting .do_sample of a generation config
model.generation_config.num_beams = 4
tokenizer.model_max_length = 64
""",
    ),
]


@pytest.mark.parametrize("refused", DIFFERENT, ids=lambda refused: refused.name)
def test_what_would_differ_is_refused(refused: Refused, tmp_path: Path) -> None:
    found = adapted(tmp_path, refused.code)
    shown = [(each.line, each.reason) for each in found.refusals]
    assert sorted({line for line, _ in shown}) == sorted({line for line, _ in refused.expected}), shown
    for line, words in refused.expected:
        assert any(words in reason for number, reason in shown if number == line), (words, shown)


ALIKE = {
    "printed and logged": 'import logging\nprint(rows, f"{rows.shape}")\nlogging.getLogger("x").info("%s", rows)\n',
    "other GPUs": (
        "def where() -> torch.device:\n"
        "    if torch.cuda.is_available():\n"
        '        return torch.device("cuda")\n'
        '    if hasattr(torch.backends, "mps") and torch.backends.mps.is_available():\n'
        '        return torch.device("mps")\n'
        '    return torch.device("cpu")\n\n\n'
        "model.to(device=next(model.parameters()).device)\nprint(where())\n"
    ),
    "old idiom": 'device = torch.cuda.is_available() and "cuda" or "cpu"\nif "cuda" in device:\n    model.half()\n',
    "device by name": 'device = torch.device("cpu")\nif str(device).startswith("cuda"):\n    model.half()\n',
    "either way": 'device = "cuda" if model.training and torch.cuda.is_available() else "cpu"\nif device != "cpu":\n    model.half()\n',
    "named tuple": (
        "from typing import NamedTuple\n\n\nclass Both(NamedTuple):\n    a: object\n    b: object\n\n\n"
        "both = Both(tokenizer, model)\none, two = both\ntwo.eval()\nboth[1].eval()\nboth.b.eval()\n"
        'for each in both:\n    print(each is None)\none.decode(two.generate(one.encode("x", return_tensors="pt"))[0])\n'
    ),
    "type alias": "from typing import Dict\nBatch = Dict[str, torch.Tensor]\nNames = dict[str, T5ForConditionalGeneration]\n",
    "attributes by literal name": 'getattr(model, "generate")(tokenizer.encode("x", return_tensors="pt"))\n',
    "cast": "from typing import cast\n",
    "walrus": 'if (found := tokenizer("x", return_tensors="pt")) is not None:\n    model.generate(**found.to("cpu"))\n',
    "match": 'match input():\n    case "x":\n        model.eval()\n    case other:\n        print(other)\n',
    "nested functions": (
        "def outer(x):\n    def inner():\n        nonlocal x\n        x = model.eval()\n        return x\n    return inner().config.vocab_size\n"
    ),
    "two names of one thing": "a = b = model\na.to(0)\nb.eval()\n",
    "moved without waiting": 'try:\n    tokenizer("x", return_tensors="pt").to(device="cpu", non_blocking=True)\nexcept OSError:\n    pass\n',
    "slices of rows": "print(tokenizer.decode(rows[0, 1:]), tokenizer.decode(rows[:, 1:][0]), rows[0][0].item())\n",
}


@pytest.mark.parametrize("name", ALIKE)
def test_what_is_alike_is_adapted(name: str, tmp_path: Path) -> None:
    found = adapted(tmp_path, LOAD + ALIKE[name])
    assert found.refusals == ()
    (file,) = found.files
    for gone in ("import torch", ".half", ".eval", ".to(", "cuda"):
        assert gone not in file.after, file.after
