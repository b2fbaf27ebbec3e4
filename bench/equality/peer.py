"""Runs in an environment of torch and transformers, and knows nothing of ours: questions in, answers out, as JSON.

python peer.py FOLDER QUESTIONS ANSWERS
"""

import json
import sys
from pathlib import Path
from typing import Any

import transformers


def main(folder: str, questions: str, answers: str) -> None:
    """Answer every kind of question that is asked."""
    transformers.logging.set_verbosity_error()
    asked = json.loads(Path(questions).read_text())
    found: dict[str, Any] = {"transformers": transformers.__version__}
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    if asked.get("generate") or asked.get("warp"):
        import torch  # tokenizers are asked where there is none

        torch.set_num_threads(1)
        found["torch"] = torch.__version__
        model = transformers.AutoModelForSeq2SeqLM.from_pretrained(folder).eval()
        found["generate"] = [generated(model, tokenizer, case) for case in asked.get("generate", ())]
        found["warp"] = [warped(model, case) for case in asked.get("warp", ())]
    if asked.get("encode"):
        found["encode"] = [tokenizer(text)["input_ids"] for text in asked["encode"]]
        found["decode"] = [
            [tokenizer.decode(ids), tokenizer.decode(ids, skip_special_tokens=True)] for ids in found["encode"]
        ]
    found["tokenize"] = [dict(tokenizer(text, **options)) for text, options in asked.get("tokenize", ())]
    found["write"] = [tokenizer.decode(ids, **options) for ids, options in asked.get("write", ())]
    Path(answers).write_text(json.dumps(found))


def generated(model: Any, tokenizer: Any, case: dict[str, Any]) -> Any:
    """Token ids of one batch."""
    import torch

    options = dict(case["options"])
    if "stop_strings" in options:
        options["tokenizer"] = tokenizer
    with torch.no_grad():
        ids, mask = torch.tensor(case["ids"]), torch.tensor(case["mask"])
        return model.generate(input_ids=ids, attention_mask=mask, **options).tolist()


def warped(model: Any, case: dict[str, Any]) -> Any:
    """Probabilities of the next token, as `generate` draws from them."""
    import torch

    config, _ = model._prepare_generation_config(None, do_sample=True, **case["options"])
    model._prepare_special_tokens(config)
    made = model._get_logits_processor(config, input_ids_seq_length=1, encoder_input_ids=torch.tensor([[1]]))
    scores = torch.tensor(case["scores"])
    return torch.softmax(made(torch.zeros((len(scores), 1), dtype=torch.long), scores), dim=-1).tolist()


if __name__ == "__main__":
    main(*sys.argv[1:])
