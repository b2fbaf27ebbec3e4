"""The forms that a model can be converted to: which quantizer writes which part."""

from __future__ import annotations

from dataclasses import dataclass

from .quantizers import Quantizer, blocks4, blocks8, channels8, float16, float32, rows8


@dataclass(frozen=True, kw_only=True)
class Form:
    """One layout of a model's weights. A folder holds exactly one."""

    name: str
    encoder: Quantizer
    """For the graph that sees many rows at a time."""
    decoder: Quantizer
    """For the graph that sees one row a sequence."""
    floats: Quantizer = float16
    """For what is small, and what every answer of a model goes through: heads, tables of positions."""
    behind: Quantizer | None = None
    """For products whose input comes out of an activation: mostly small, and rarely very large. None: as `encoder`."""
    balanced: bool = False
    """Channels are made of like size before they are quantized."""
    least_cosine: float
    """Mean cosine with the reference's logits under which a conversion is taken to be wrong, not merely rough:
    whether a form is good enough is for labelled data to say."""
    worst_difference: float
    """Largest difference of a logit, as a share of the largest logit, that is let through."""
    why: str

    @property
    def kernel_bits(self) -> tuple[int, ...]:
        """Block widths that need a fast kernel."""
        return tuple(sorted({q.KERNEL_BITS for q in (self.encoder, self.decoder)} - {0}))


FORMS: list[Form] = [
    Form(
        name="fp32",
        encoder=float32,
        decoder=float32,
        floats=float32,
        least_cosine=0.99999,
        worst_difference=1e-3,
        why="32-bit floats: the weights as trained, authored graphs",
    ),
    Form(
        name="fp16",
        encoder=float16,
        decoder=float16,
        least_cosine=0.9999,
        worst_difference=0.02,
        why="16-bit floats on disk, 32-bit floats in the computation",
    ),
    Form(
        name="int8-blocks",
        encoder=blocks8,
        decoder=blocks8,
        least_cosine=0.95,
        worst_difference=2.0,
        why="8 bits in blocks everywhere: few rows at a time, short inputs, one request at once",
    ),
    Form(
        name="int8-mixed",
        encoder=channels8,
        decoder=blocks8,
        least_cosine=0.95,
        worst_difference=2.0,
        why="8 bits: channels in the encoder (many rows), blocks in the decoder (few rows)",
    ),
    Form(
        name="int8-balanced",
        encoder=channels8,
        decoder=blocks8,
        behind=rows8,
        balanced=True,
        least_cosine=0.97,
        worst_difference=2.0,
        why="8 bits a channel, channels made of like size and rounding made up for; behind activations a scale a token",
    ),
    Form(
        name="int8-channels",
        encoder=channels8,
        decoder=channels8,
        least_cosine=0.95,
        worst_difference=2.0,
        why="8 bits a channel everywhere: many rows at a time, batches and beams",
    ),
    Form(
        name="int4-blocks",
        encoder=blocks4,
        decoder=blocks4,
        least_cosine=0.85,
        worst_difference=2.0,
        why="4 bits in blocks: the smallest",
    ),
]


def named(name: str) -> Form:
    """The form of that name.

    :raises KeyError: there is none.
    """
    return {form.name: form for form in FORMS}[name]
