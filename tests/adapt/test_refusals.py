"""What the adapter does not know: the marked lines are refused, with the reason, and no others."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.adapt.services import Refused, adapted, written

LOAD = """
import torch
from transformers import AutoTokenizer, T5ForConditionalGeneration

tokenizer = AutoTokenizer.from_pretrained("model")
model = T5ForConditionalGeneration.from_pretrained("model")
"""

REFUSED = [
    Refused("half precision", LOAD + "model.half()  # <- .half of a model is not in the facade\n"),
    Refused(
        "other number formats",
        LOAD
        + """
small = T5ForConditionalGeneration.from_pretrained("m", torch_dtype=torch.bfloat16)  # <- other number formats
double = model.to(torch.float64)  # <- other number formats give other numbers
""",
    ),
    Refused(
        "quantized by torch",
        LOAD
        + "model = torch.quantization.quantize_dynamic(model, dtype=torch.qint8)  # <- quantized by torch | torch.qint8\n",
    ),
    Refused(
        "computing on tensors",
        LOAD
        + """
def answer(text):
    ids = torch.tensor([tokenizer.encode(text)], pin_memory=True)  # <- the option pin_memory of torch.tensor
    out = model.generate(ids)
    if out == None or 3 in out:  # <- comparing a tensor is not followed
        return None
    out[0][0] = 4  # <- changing a tensor is not followed
    larger = out.max(out)  # <- a tensor given here is not followed
    best = out.cumsum(1)  # <- .cumsum of a tensor is not followed
    shifted = out % 2  # <- a tensor in arithmetic
    out += 1  # <- changing a tensor is not followed
    rows = torch.tensor([out[0], out[0]])  # <- a tensor given here is not followed
    both = torch.cat([out, text])  # <- a value where a tensor belongs
    made = list(map(torch.tensor, [[1]]))  # <- torch.tensor
    wide = out.to(torch.float64)  # <- other number formats
    sizes = out.sum(dtype=torch.int32)  # <- the option dtype of .sum
    print(out)
    print(out, file=open("f", "w"))  # <- a tensor goes to print, which shows it differently
    return f"{out}"  # <- the text of a tensor differs
""",
    ),
    Refused(
        "the model called without generate",
        LOAD
        + """
def score(text):
    logits = model(**tokenizer(text, return_tensors="pt")).logits  # <- calling a model is not in the facade
    return torch.nn.functional.gelu(logits)  # <- layers of torch are not followed
""",
    ),
    Refused(
        "options of generate",
        LOAD
        + """
def answer(text, **options):
    inputs = tokenizer(text, return_tensors="pt")
    first = model.generate(**inputs, do_sample=True, num_beams=4)  # <- sampling is only possible without beams
    second = model.generate(**inputs, num_beams=4, diversity_penalty=0.5)  # <- diversity_penalty
    third = model.generate(**inputs, generator_config=None)  # <- the option generator_config of model.generate is not in the facade
    fourth = model.generate(**inputs, **options)  # <- only known when a request comes
    return model.generate(**inputs, return_dict_in_generate=True)["sequences"]  # <- return_dict_in_generate
""",
    ),
    Refused(
        "a switch that a request decides",
        LOAD
        + """
def answer(request):
    return tokenizer.decode(model.generate(
        **tokenizer(request.text, return_tensors="pt"),
        num_beams=2,
        do_sample=request.sample,  # <- sampling is only possible without beams
    )[0])
""",
    ),
    Refused(
        "options collected by the service",
        LOAD
        + """
OPTIONS = {"max_length": 10, "num_beams": 2, "do_sample": False}
if input():
    OPTIONS["do_sample"] = True


def answer(text):
    return tokenizer.batch_decode(model.generate(**tokenizer(text, return_tensors="pt"), **OPTIONS))  # <- sampling is only possible without beams
""",
    ),
    Refused(
        "values that get away",
        LOAD
        + """
import pickle
import registry

registry.models.append(model)  # <- a model goes to registry.models.append
registry.models["t5"] = tokenizer  # <- a tokenizer in an object of another library
pickle.dump(tokenizer, open("t", "wb"))  # <- a tokenizer goes to pickle.dump
registry.call(model.generate)  # <- a model's .generate goes to registry.call
registry.call({"all": [model]})  # <- a model goes to registry.call
registry.call(torch)  # <- torch has no counterpart
registry.call(lambda: model)  # <- a function goes to registry.call


def rows(text):
    return model.generate(**tokenizer(text, return_tensors="pt"))


registry.add(rows)  # <- rows() goes to registry.add
""",
    ),
    Refused(
        "given to the constructor of another library's class",
        LOAD
        + """
from pydantic import BaseModel
from somewhere import Server


class Mine(Server):
    def __init__(self):
        super().__init__(model)  # <- a model goes to super().__init__


class Kept(BaseModel):
    model: object


Kept(model=model)  # <- a model goes to Kept
Mine()
""",
    ),
    Refused(
        "tensors given to a web framework",
        LOAD
        + """
from flask import Flask, jsonify

app = Flask(__name__)


@app.get("/")
def ids():
    return model.generate(**tokenizer("x", return_tensors="pt"))  # <- a tensor is returned to a library


@app.get("/two")
def two():
    return jsonify(tokenizer("x", return_tensors="pt").input_ids)  # <- a tensor goes to jsonify
""",
    ),
    Refused(
        "names that are only known when the app runs",
        LOAD
        + """
import importlib

method = input()
getattr(model, method)("x")  # <- an attribute whose name is only known when the app runs
importlib.import_module(method)  # <- a module whose name is only known when the app runs
exec("model = 3")  # <- what exec does cannot be read from the code
globals()["model"].cuda()  # <- what globals does
""",
    ),
    Refused(
        "what transformers has and the facade lacks",
        """
import transformers
from transformers import AutoModel, AutoModelForCausalLM as LM, BartForConditionalGeneration, T5Tokenizer
from transformers import *  # <- which names come from transformers is not said

transformers.AutoBackbone.from_pretrained("m")  # <- transformers.AutoBackbone.from_pretrained has no counterpart
LM.from_pretrained("m")  # <- transformers.AutoModelForCausalLM.from_pretrained has no counterpart
NAMES = {"bart": BartForConditionalGeneration}  # <- transformers.BartForConditionalGeneration has no counterpart
tokenizer = T5Tokenizer.from_pretrained("m", additional_special_tokens=["<x>"])  # <- the option additional_special_tokens
tokenizer.add_tokens(["<y>"])  # <- .add_tokens of a tokenizer is not in the facade
tokenizer.padding_side = "left"  # <- setting .padding_side of a tokenizer
print(transformers.__version__)  # <- no transformers whose version could be told
""",
    ),
    Refused(
        "models that are not what they seem",
        """
from transformers import AutoModelForSeq2SeqLM, pipeline

AutoModelForSeq2SeqLM.from_pretrained("m", load_in_8bit=True)  # <- the option load_in_8bit
AutoModelForSeq2SeqLM.from_pretrained("m", trust_remote_code=True)  # <- trust_remote_code
AutoModelForSeq2SeqLM.from_pretrained("m", torch_dtype="float16")  # <- torch_dtype
AutoModelForSeq2SeqLM.from_pretrained("m").config.max_length = 9  # <- setting .max_length of a config
pipeline("text-generation", model="m")  # <- only pipelines for audio-classification
pipeline("summarization")  # <- a pipeline that does not name its model
pipeline("summarization", model=AutoModelForSeq2SeqLM.from_pretrained("m"))  # <- needs its tokenizer
pipeline(input(), model="m")  # <- only pipelines for audio-classification
pipeline("summarization", "m")("x", return_tensors=True)  # <- the option return_tensors
""",
    ),
    Refused(
        "packages on torch",
        """
import bertopic  # <- bertopic needs torch
from accelerate import Accelerator  # <- accelerate needs torch
from peft import PeftModel  # <- peft needs torch
from safetensors.torch import load_file  # <- safetensors.torch needs torch
import torchvision.transforms as T  # <- torchvision.transforms needs torch
import sentencepiece
from transformers import T5ForConditionalGeneration

model = PeftModel.from_pretrained(T5ForConditionalGeneration.from_pretrained("m"), "lora")  # <- a model goes to PeftModel
""",
    ),
    Refused(
        "classes built on torch",
        """
import torch.nn as nn
from transformers import T5ForConditionalGeneration


class Wrapped(nn.Module):  # <- a class built on torch.nn.Module
    def forward(self, x):
        return x


class Mine(T5ForConditionalGeneration):  # <- a class built on transformers.T5ForConditionalGeneration
    pass
""",
    ),
    Refused(
        "an argument that does something",
        LOAD
        + """
def device():
    print("asked")
    return "cpu"


model.cuda(device())  # <- the argument of .cuda does something that would be lost
torch.manual_seed(int(input()))  # <- the argument of torch.manual_seed does something
""",
    ),
    Refused(
        "torch asked about itself",
        LOAD
        + """
print(torch.__version__)  # <- no torch whose version
numbers = torch  # <- torch has no counterpart
with torch.autocast("cpu"):  # <- mixed precision
    pass
scope = torch.no_grad()  # <- torch.no_grad has no counterpart
try:
    model.eval()
except torch.AcceleratorError:  # <- torch.AcceleratorError has no counterpart
    pass
made = torch.Tensor([[1]])  # <- torch.Tensor has no counterpart
kinds = {"tensor": torch.Tensor}
jsonify(kinds)  # <- torch.Tensor goes to jsonify
threading.Thread(target=print, args=(model,)).start()  # <- a model goes to
threading.Thread(target=library.serve, args=[model]).start()  # <- a model goes to
""",
    ),
    Refused(
        "code that never runs but speaks of torch",
        LOAD
        + """
def answer():
    return 1
    torch.anything()  # <- this use of torch was not reached
""",
    ),
]


@pytest.mark.parametrize("refused", REFUSED, ids=lambda refused: refused.name)
def test_each_marked_line_is_refused_with_its_reason_and_no_other(refused: Refused, tmp_path: Path) -> None:
    found = adapted(tmp_path, refused.code)
    expected = refused.expected
    shown = [(each.line, each.reason) for each in found.refusals]
    assert [line for line, _ in shown] == [line for line, _ in sorted(expected)], shown
    for line, words in expected:
        assert any(words in reason for number, reason in shown if number == line), (words, shown)
    lines = written(refused.code).splitlines()
    assert [each.code for each in found.refusals] == [lines[each.line - 1].strip() for each in found.refusals]


@pytest.mark.parametrize("refused", REFUSED, ids=lambda refused: refused.name)
def test_a_refused_app_is_left_as_it_is(refused: Refused, tmp_path: Path) -> None:
    found = adapted(tmp_path, refused.code)
    assert not found.complete
    assert (found.files, found.diff, found.removed) == ((), "", ())
