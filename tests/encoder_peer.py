"""Runs in an environment of torch and transformers, and knows nothing of ours: draws weights, and answers as JSON.

python encoder_peer.py QUESTIONS ANSWERS
"""

import copy
import json
import sys
from pathlib import Path
from typing import Any

import torch
import transformers

NUDGES, NUDGE = 5, 3e-6
"""How often every weight is moved, and by what share of itself (one standard deviation)."""
CLOSE = 1e-4
"""How far a score moves at most when no tie is decided otherwise."""


def main(questions: str, answers: str) -> None:
    """Fill every folder that is named with weights, and answer what is asked of it."""
    transformers.logging.set_verbosity_error()
    torch.set_num_threads(1)
    found = {}
    for number, (folder, asked) in enumerate(json.loads(Path(questions).read_text()).items()):
        model = drawn(folder, number)
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
        models = [model, *(nudged(model, seed) for seed in range(NUDGES))]
        with torch.no_grad():
            outputs = [computed(model, batch) for batch in batches(tokenizer, asked)]
            said = [steady(models, tokenizer, asked["task"], case) for case in asked["cases"]]
        found[folder] = {"outputs": outputs, "answers": said}
    Path(answers).write_text(json.dumps(found))


def drawn(folder: str, seed: int) -> Any:
    """A model with weights at which answers vary, saved to its folder."""
    config = transformers.AutoConfig.from_pretrained(folder)
    torch.manual_seed(seed)
    model = getattr(transformers, config.architectures[0])(config).eval()
    for name, parameter in model.named_parameters():
        norm = "norm" in name.lower() and name.endswith("weight")
        parameter.data.copy_(torch.rand(parameter.shape) + 0.5 if norm else torch.randn(parameter.shape) * 0.25)
    model.save_pretrained(folder)
    return getattr(transformers, config.architectures[0]).from_pretrained(folder).eval()


def nudged(model: Any, seed: int) -> Any:
    """The same model with every weight moved by a few times what float32 rounds."""
    moved = copy.deepcopy(model)
    random = torch.Generator().manual_seed(seed)
    for parameter in moved.parameters():
        parameter.data *= 1 + NUDGE * torch.randn(parameter.shape, generator=random)
    return moved


def batches(tokenizer: Any, asked: dict[str, Any]) -> Any:
    """Texts as the model's inputs: each alone, all together, and each with the next one as a pair."""
    texts = asked["texts"]
    options = {"return_tensors": "pt", "padding": True, "truncation": True}
    for text in texts:
        yield tokenizer([text], **options)
    yield tokenizer(texts, **options)
    yield tokenizer(texts[:-1], texts[1:], **options)


def computed(model: Any, batch: Any) -> dict[str, Any]:
    """Inputs and outputs as lists."""
    outputs = model(**batch)
    names = ("logits", "start_logits", "end_logits", "last_hidden_state", "pooler_output")
    given = {name: outputs[name].tolist() for name in names if outputs.get(name) is not None}
    return {"inputs": {name: batch[name].tolist() for name in batch}, "outputs": given}


def steady(models: list[Any], tokenizer: Any, task: str, case: dict[str, Any]) -> Any:
    """What the first one's pipeline says; None where a nudge changes it: a tie that another CPU decides otherwise."""
    answer, *others = (piped(model, tokenizer, task, case) for model in models)
    return answer if all(alike(answer, other) for other in others) else None


def alike(answer: Any, other: Any) -> bool:
    """Whether two answers say the same, with about the same scores."""
    if isinstance(answer, dict):
        return answer.keys() == other.keys() and all(alike(answer[key], other[key]) for key in answer)
    if isinstance(answer, list):
        return len(answer) == len(other) and all(map(alike, answer, other))
    return bool(abs(answer - other) <= CLOSE if isinstance(answer, float) else answer == other)


def piped(model: Any, tokenizer: Any, task: str, case: dict[str, Any]) -> Any:
    """What transformers' pipeline of the task says."""
    if task == "question-answering" and not hasattr(transformers, "QuestionAnsweringPipeline"):
        return None  # transformers 5 has none
    pipe = transformers.pipeline(task, model=model, tokenizer=tokenizer)
    answer = pipe(*case.get("inputs", ()), **case.get("options", {}))
    return json.loads(json.dumps(answer, default=float))


if __name__ == "__main__":
    main(*sys.argv[1:])
