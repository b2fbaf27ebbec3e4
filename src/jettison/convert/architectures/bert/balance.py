"""Channels of like size in front of a quantized product: large ones made smaller, and their weights larger.

A few channels of an encoder are ten times as large as the rest, and one scale for a whole tensor is then too coarse for
the others. What feeds a product is a norm, or a mixture of values: both can be shifted and scaled channel by channel at
no cost, in the norm's own weights and in those of the values, and the product's weights take it back. What is to be
expected of a channel is seen on sample texts. Sources: Xiao et al. 2023 (SmoothQuant), Wei et al. 2023 (Outlier
Suppression+).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .reference import Reference
from .weights import Weights

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

_SHARE = 0.7
"""How much of a channel's size moves into the weights, as an exponent: the best of 0.4 to 0.9 on MiniLM."""
_SMALLEST = 1e-4


@dataclass(frozen=True, kw_only=True)
class Balance:
    """Of the input of one product: what is there stands for ``value * scale + centre``, [channels] each."""

    scale: Floats
    centre: Floats


def observed(
    reference: Reference, samples: Sequence[tuple[Sequence[int], Sequence[int]]]
) -> Mapping[str, Sequence[Floats]]:
    """What goes into each part, [tokens, inputs] a text or a use of it.

    :param samples: token ids and their types of each text.
    """
    watched = replace(reference, inputs={})
    for ids, types in samples:
        watched.outputs(ids, types, (0,))
    return watched.inputs or {}


def balances(weights: Weights, inputs: Mapping[str, Sequence[Floats]]) -> Mapping[str, Balance]:
    """A balance for each product that can have one, by the name of its part (of query, key and value: the query).

    :param inputs: of `observed`; empty: there is no balance.
    """
    if weights.shape.groups or not inputs:  # what feeds a shared layer is each time something else
        return {}
    import numpy as np

    found = {}
    for number in range(weights.count):
        layer = weights.layer(number)
        three = np.concatenate([weights[part][0] for part in (layer.query, layer.key, layer.value)])
        if number or not weights.shape.projected:
            found[layer.query] = balanced(*_reach(inputs[layer.query]), three)
        for part in (layer.out, layer.up):
            found[part] = balanced(*_reach(inputs[part]), weights[part][0])
    return found


def _reach(inputs: Sequence[Floats]) -> tuple[Floats, Floats]:
    """The least and the largest of every channel."""
    import numpy as np

    return np.min([x.min(axis=0) for x in inputs], axis=0), np.max([x.max(axis=0) for x in inputs], axis=0)


def balanced(low: Floats, high: Floats, weight: Floats) -> Balance:
    """The balance for channels that reach from `low` to `high`, in front of a weight [outputs, channels].

    The scale of a channel is its reach to the power of `_SHARE` over the largest of its weights to the power of the
    rest; the scales of all channels multiply to 1.
    """
    import numpy as np

    centre = (low + high) / np.float32(2)
    reach = np.maximum(high - centre, _SMALLEST)
    scale = reach**_SHARE / np.maximum(np.abs(weight).max(axis=0), _SMALLEST) ** (1 - _SHARE)
    return Balance(scale=scale / np.exp(np.log(scale).mean()), centre=centre)
