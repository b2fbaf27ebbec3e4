"""``generate`` of transformers, which several peers are driven by."""

from __future__ import annotations

from typing import Any

from . import Generate


def generation(model: Any, threads: int) -> Generate:
    """Exactly so many new tokens, greedy or with beams."""
    import torch

    torch.set_num_threads(threads)

    def generate(ids: Any, new_tokens: int, beams: int) -> list[list[int]]:
        rows = torch.from_numpy(ids)
        with torch.inference_mode():
            found = model.generate(
                input_ids=rows,
                attention_mask=torch.ones_like(rows),
                max_new_tokens=new_tokens,
                min_new_tokens=new_tokens,
                num_beams=beams,
                do_sample=False,
            )
        answers: list[list[int]] = found[:, 1:].tolist()
        return answers

    return generate
