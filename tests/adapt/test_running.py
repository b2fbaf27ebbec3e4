"""An adapted app, really run: on the facade, without torch, with the answers that transformers gives."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from jettison.convert import FORMS, candidates
from jettison.records import finished
from jettison.workspace import Workspace
from tests.adapt.services import adapted

MODEL = Path(__file__).parents[2] / "examples" / "pronounce" / "model"
APP = """
import json

import torch
from transformers import GenerationConfig, T5ForConditionalGeneration, T5TokenizerFast, pipeline

torch.set_num_threads(1)
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
tokenizer = T5TokenizerFast.from_pretrained("model")
model = T5ForConditionalGeneration.from_pretrained("model").to(device)
model.eval()


@torch.no_grad()
def answers(words, **options):
    inputs = tokenizer(words, padding=True, return_tensors="pt")
    inputs = {name: tensor.to(device) for name, tensor in inputs.items()}
    rows = model.generate(**inputs, **options).cpu()
    return tokenizer.batch_decode(rows, skip_special_tokens=True), rows.shape[0], rows[0].tolist()[:3]


say = pipeline("text2text-generation", model=model, tokenizer=tokenizer, device=-1)
print(
    json.dumps(
        {
            "greedy": answers(["cat", "queue"], max_new_tokens=24),
            "beams": answers(["transformer"], num_beams=3, num_return_sequences=2, max_new_tokens=24),
            "config": answers(["hello"], generation_config=GenerationConfig(max_new_tokens=4)),
            "pipeline": say(["cat", "through"], max_new_tokens=24, num_beams=2),
            "device": str(device),
            "length": len(tokenizer.encode("cat")),
        }
    )
)
"""
ANSWERS = {
    "greedy": [["K AE T", "K Y UW"], 2, [0, 49, 31]],
    "beams": [["T R AE N Z F AO R M ER", "T R AE N S F AO R M ER"], 2, [0, 60, 57]],
    "config": [["HH EH L OW"], 1, [0, 45, 40]],
    "pipeline": [{"generated_text": "K AE T"}, {"generated_text": "TH R AW"}],
    "device": "cpu",
    "length": 4,
}
"""What the app as it is written prints with transformers 4.57 and torch 2.13."""


def test_an_adapted_app_gives_the_answers_of_the_original(tmp_path: Path) -> None:
    found = adapted(tmp_path / "service", APP)
    assert found.refusals == ()
    (tmp_path / "service" / "app.py").write_text(found.files[0].after)
    workspace = Workspace(root=tmp_path / "cache")
    made, _ = finished(candidates(MODEL, name="model", prompts=["cat"], workspace=workspace, forms=FORMS[:1]))
    assert made[0].model is not None
    (tmp_path / "service" / "model").symlink_to(made[0].model.path)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("JETTISON")}
    command = [sys.executable, "-W", "error", "app.py"]
    ran = subprocess.run(command, cwd=tmp_path / "service", env=environment, capture_output=True, text=True, check=True)
    assert json.loads(ran.stdout) == ANSWERS
