"""What this CPU is fast at. A form without a fast kernel is slower than no quantization, so it is tried here."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path

from jettison.runtimes import onnxruntime

from .architectures.graph import Graph, WeightsFile, tensor
from .quantizers import Quantizer, blocks4, blocks8, float32

_ROWS, _WIDTH, _CALLS, _ROUNDS = 2048, 512, 20, 9


@functools.cache
def block_product_speed(bits: int) -> float:
    """How many times faster a one-row product over blocks of 4 or 8 bits is than the float product, on this CPU.

    Below 1 there is no fast kernel for it here. Measured with one thread on a 2048 x 512 matrix.
    """
    import numpy as np

    random = np.random.default_rng(0)
    weight = random.standard_normal((_ROWS, _WIDTH), dtype=np.float32)
    feed = {"x": random.standard_normal((1, _WIDTH), dtype=np.float32)}
    blocks: Quantizer = blocks4 if bits == 4 else blocks8
    with tempfile.TemporaryDirectory(prefix="jettison-kernel-") as folder:
        graphs = []
        for quantizer in (float32, blocks):
            place = Path(folder) / quantizer.NAME.replace(" ", "-")
            place.mkdir()
            with WeightsFile(place / "weights.bin") as weights:
                graph = Graph(weights)
                product = quantizer.product(graph, "x", weight)
                model = graph.model([tensor("x", "FLOAT", [1, _WIDTH])], [tensor(product, "FLOAT", [1, _ROWS])])
            graphs.append(place / "product.onnx")
            graphs[-1].write_bytes(model.SerializeToString())
        plain, fast = onnxruntime.seconds_of(graphs, feed, calls=_CALLS, rounds=_ROUNDS)
    return plain / fast
