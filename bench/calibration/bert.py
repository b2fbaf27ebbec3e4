"""BERT with random weights as an ONNX file, by torch's exporter. Run in its environment: ``bert.py SIZE FILE``."""

from __future__ import annotations

import sys
import warnings
from typing import Any

import torch
import transformers

SIZES: dict[str, dict[str, int]] = {
    "base": {},
    "tiny": {"hidden_size": 128, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 512},
}


class Classifier(torch.nn.Module):  # type: ignore[misc]
    """As it is served: ids and a mask in, numbers out."""

    def __init__(self, size: str) -> None:
        super().__init__()
        self.model = transformers.BertForSequenceClassification(transformers.BertConfig(num_labels=3, **SIZES[size]))

    def forward(self, input_ids: Any, attention_mask: Any) -> Any:
        """Scores of three labels."""
        return self.model(input_ids=input_ids, attention_mask=attention_mask).logits


def main(size: str, path: str) -> None:
    """Write the file."""
    warnings.simplefilter("ignore")
    torch.manual_seed(0)
    torch.set_grad_enabled(False)
    ids = torch.randint(0, 30000, (2, 128))
    names = ["input_ids", "attention_mask"]
    torch.onnx.export(
        Classifier(size).eval(),
        (ids, torch.ones_like(ids)),
        path,
        dynamo=False,
        input_names=names,
        output_names=["logits"],
        dynamic_axes={name: {0: "batch", 1: "tokens"} for name in names},
        opset_version=18,
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
