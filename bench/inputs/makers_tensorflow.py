"""Real files with random weights, written by TensorFlow and Keras. Run in their environment."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2


def main(kind: str, name: str, place: str) -> None:
    """Write one model."""
    tf.keras.utils.set_random_seed(0)
    model = getattr(tf.keras.applications, name)(weights=None)
    MAKERS[kind](model, Path(place))


def _frozen(model: Any, place: Path) -> None:
    spec = tf.TensorSpec((1, *model.input_shape[1:]), tf.float32, name="picture")
    function = tf.function(lambda picture: model(picture, training=False)).get_concrete_function(spec)
    graph = convert_variables_to_constants_v2(function).graph.as_graph_def()
    place.with_suffix(".pb").write_bytes(graph.SerializeToString())


MAKERS: dict[str, Callable[[Any, Path], None]] = {
    "frozen graph": _frozen,
    "SavedModel": lambda model, place: model.export(str(place)),
    "Keras": lambda model, place: model.save(str(place.with_suffix(".keras"))),
}

if __name__ == "__main__":
    main(*sys.argv[1:])
