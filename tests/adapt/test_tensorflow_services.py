"""Services on TensorFlow and Keras as people write them: adapted, and run on a converted network; or refused by line."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from jettison.convert.graphs import writing
from jettison_runtime.binding import Network
from jettison_runtime.errors import ModelFolderError
from jettison_runtime.manifest import pointer
from jettison_runtime.tensor_model import canary_answer, canary_feed
from tests import onnx_graphs
from tests.adapt.services import Refused, adapted, written

WIDTH, CLASSES = 6, 3
ROWS = np.random.default_rng(3).standard_normal((4, WIDTH)).astype(np.float32)

SERVICES = {
    "frozen graph, TensorFlow 1 under its new name": """
        import os
        os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
        import tensorflow.compat.v1 as tf
        tf.disable_v2_behavior()
        tf.logging.set_verbosity(tf.logging.ERROR)

        class Scorer:
            def __init__(self, path):
                self.graph = tf.Graph()
                with self.graph.as_default():
                    parsed = tf.GraphDef()
                    with tf.gfile.GFile(path, "rb") as file:
                        parsed.ParseFromString(file.read())
                    tf.import_graph_def(parsed, name="net")
                config = tf.ConfigProto(allow_soft_placement=True)
                config.gpu_options.allow_growth = True
                self.session = tf.Session(graph=self.graph, config=config)
                self.given = self.graph.get_tensor_by_name("net/rows:0")
                self.gives = self.graph.get_tensor_by_name("net/scores:0")

            def __call__(self, rows):
                return self.session.run(self.gives, feed_dict={self.given: rows})

        scorer = Scorer("model.pb")

        def answer(rows):
            return scorer(rows)
        """,
    "frozen graph, a session a request": """
        from pathlib import Path

        import tensorflow as tf

        definition = tf.compat.v1.GraphDef.FromString(Path("model.pb").read_bytes())

        def answer(rows):
            with tf.Graph().as_default() as graph:
                given, gives = tf.import_graph_def(definition, return_elements=["rows:0", "scores:0"])
                with tf.compat.v1.Session(graph=graph) as session:
                    found = session.run({"scores": gives}, {given: rows.tolist()})
            return found["scores"]
        """,
    "frozen graph, operations by name": """
        from tensorflow.python.platform import gfile
        import tensorflow as tf

        session = tf.compat.v1.Session()
        with gfile.FastGFile("model.pb", "rb") as file:
            definition = tf.compat.v1.GraphDef()
            definition.ParseFromString(file.read())
            session.graph.as_default()
            with session.graph.as_default():
                tf.import_graph_def(definition, name="")
        given = session.graph.get_operation_by_name("rows").outputs[0]

        def answer(rows):
            feed = {}
            feed[given] = rows
            (scores,) = session.run(["scores:0"], feed)
            return scores
        """,
    "Keras, predict": """
        import numpy as np
        from tensorflow.keras.models import load_model

        model = load_model("model.h5", compile=False)

        def answer(rows):
            return np.asarray(model.predict(rows.astype("float64"), batch_size=3, verbose=0))
        """,
    "Keras, called": """
        import tensorflow as tf

        for gpu in tf.config.list_physical_devices("GPU"):
            tf.config.experimental.set_memory_growth(gpu, True)
        tf.random.set_seed(42)
        MODEL = None

        def get_model():
            global MODEL
            if MODEL is None:
                MODEL = tf.keras.models.load_model("model.h5")
                MODEL.trainable = False
                MODEL.compile(optimizer="adam", loss="mse")
                MODEL.summary()
            return MODEL

        def answer(rows):
            scores = get_model()(tf.convert_to_tensor(rows), training=False)
            best = int(tf.argmax(scores[0]))
            assert best == int(np.argmax(scores[0])) and float(scores[0][best]) == float(scores.numpy()[0, best])
            return scores.numpy()

        import numpy as np
        """,
    "Keras, pictures out of uploads": """
        import io

        import numpy as np
        from PIL import Image
        from tensorflow.keras.applications.mobilenet_v2 import preprocess_input
        from tensorflow.keras.models import load_model
        from tensorflow.keras.preprocessing import image

        model = load_model("model.h5")

        def prepared(upload):
            picture = image.load_img(upload, target_size=(2, 1), interpolation="bilinear")
            return preprocess_input(np.expand_dims(image.img_to_array(picture), axis=0))

        def answer(rows):
            upload = io.BytesIO()
            Image.new("L", (5, 7), 51).save(upload, "png")
            assert np.allclose(prepared(io.BytesIO(upload.getvalue())), np.full((1, 2, 1, 3), -0.6))
            return model.predict(rows)
        """,
    "Keras, as the tutorial has it": """
        import numpy as np
        import tensorflow as tf

        model = tf.keras.models.load_model("model.h5")
        NAMES = ["daisy", "rose", "tulip"]

        def answer(rows):
            batch = tf.expand_dims(rows[0], 0)
            predictions = model.predict(batch)
            score = tf.nn.softmax(predictions[0])
            assert 100 * np.max(score) > 33 and NAMES[np.argmax(score)] in NAMES
            return model.predict(tf.convert_to_tensor(rows))
        """,
    "Keras 3 by itself": """
        import keras

        model = keras.models.load_model("model.h5")
        assert model.input_shape == (None, 6)

        def answer(rows):
            return model.predict_on_batch(rows)
        """,
    "SavedModel, a single argument": """
        import tensorflow as tf

        loaded = tf.saved_model.load("saved")
        infer = loaded.signatures["serving_default"]

        def answer(rows):
            return infer(tf.constant(rows, dtype=tf.float32))["scores"].numpy()
        """,
    "SavedModel, by name": """
        import tensorflow as tf
        from tensorflow import float32

        infer = tf.saved_model.load("saved").signatures["serving_default"]
        NAME = list(infer.structured_outputs.keys())[0]

        def answer(rows):
            found = infer(rows=tf.cast(tf.constant(rows.tolist()), float32))
            first = list(found.values())[0]
            assert tf.squeeze(tf.expand_dims(first, 0)).shape == (4, 3)
            assert abs(float(tf.reduce_max(tf.nn.softmax(first)[0])) - max(tf.nn.softmax(found[NAME]).numpy()[0])) == 0
            return first.numpy()
        """,
}
REFUSED = [
    Refused(
        "a network that is built and trained here",
        """
        import tensorflow as tf
        model = tf.keras.models.Sequential([tf.keras.layers.Dense(3)])  # <- built in the code | built in the code
        """,
    ),
    Refused(
        "pictures prepared by TensorFlow",
        """
        import tensorflow as tf
        model = tf.keras.models.load_model("model.h5")
        def answer(raw):
            return model.predict(tf.image.decode_jpeg(raw))  # <- prepared with numpy and Pillow
        """,
    ),
    Refused(
        "arithmetic on tensors",
        """
        import tensorflow as tf
        model = tf.keras.models.load_model("model.h5")
        def answer(rows):
            return (1 - model(rows)).numpy()  # <- a tensor in arithmetic
        """,
    ),
    Refused(
        "another signature",
        """
        import tensorflow as tf
        encode = tf.saved_model.load("saved").signatures["encode"]  # <- the signature 'serving_default'
        """,
    ),
    Refused(
        "comparisons that Python makes",
        """
        import tensorflow as tf
        model = tf.keras.models.load_model("model.h5")
        def answer(rows):
            scores = model(rows)[0]
            if 1 in scores:  # <- comparing a tensor
                return sorted(scores)  # <- comparing a tensor
            return [float(each) for each in sorted(scores, key=float)]
        """,
    ),
    Refused(
        "a SavedModel's own functions, and its training",
        """
        import tensorflow as tf
        loaded = tf.saved_model.load("saved")
        net = tf.keras.models.load_model("model.h5")
        def answer(rows):
            net.fit(rows, rows)  # <- .fit of a model
            return loaded.encode(rows)  # <- .encode of a model
        """,
    ),
    Refused(
        "a model of the hub",
        """
        import tensorflow_hub as hub  # <- tensorflow_hub needs TensorFlow
        embed = hub.load("https://tfhub.dev/google/universal-sentence-encoder/4")
        """,
    ),
    Refused(
        "a tensor that leaves",
        """
        import json
        import tensorflow as tf
        model = tf.keras.models.load_model("model.h5")
        def answer(rows):
            return json.dumps(model(rows))  # <- goes to json.dumps
        """,
    ),
    Refused(
        "what TensorFlow compiles",
        """
        import tensorflow as tf
        model = tf.keras.models.load_model("model.h5")
        @tf.function  # <- compiles
        def answer(rows):
            return model(rows)  # <- a tensor
        """,
    ),
]


class Fetched(NamedTuple):
    """Of a session."""

    given: Any
    scores: Any


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A service's folder in which a converted network stands in every place: a file that names it, and it itself."""
    root = tmp_path_factory.mktemp("service")
    place = root / "saved"
    place.mkdir()
    b = onnx_graphs.Builder()
    weight = b.weight("weight", b.random.standard_normal((WIDTH, CLASSES)).astype(np.float32))
    b.op("MatMul", ["rows", weight], "scores")
    model = b.model({"rows": ["batch", WIDTH]}, {"scores": ["batch", CLASSES]})
    writing.write_graph(model, place, half=False)
    question = writing.canary_question({"rows": ROWS[:1]})
    canary = {
        "inputs": question,
        "answer": canary_answer(Network(place / "model.onnx", threads=1).run(canary_feed(question))),
    }
    writing.write_manifest(place, entries={"name": "net"}, form="fp32", model=model, canary=canary)
    for name in ("model.pb", "model.h5"):
        (root / name).write_text(pointer(str(place)))
    return root


@pytest.fixture(scope="module")
def expected(folder: Path) -> NDArray[np.float32]:
    return Network(folder / "saved" / "model.onnx", threads=1).run({"rows": ROWS})["scores"]


@pytest.fixture
def here(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(folder)
    before = set(sys.modules)
    yield folder
    assert not {name for name in set(sys.modules) - before if name.partition(".")[0] in ("tensorflow", "keras")}


@pytest.mark.parametrize("name", SERVICES)
def test_adapted_it_answers_as_the_network_does(
    name: str, here: Path, tmp_path: Path, expected: NDArray[np.float32]
) -> None:
    found = adapted(tmp_path, written(SERVICES[name]))
    assert found.refusals == ()
    assert {"tensorflow", "tensorflow-cpu", "keras"} <= set(found.removed)
    service = ModuleType("service")
    exec(compile(found.files[0].after, "app.py", "exec"), service.__dict__)
    assert np.allclose(service.answer(ROWS), expected, atol=1e-6)


@pytest.mark.parametrize("service", REFUSED, ids=lambda service: service.name)
def test_what_cannot_be_followed_is_refused_by_line(service: Refused, tmp_path: Path) -> None:
    found = [(each.line, each.reason) for each in adapted(tmp_path, written(service.code)).refusals]
    assert [line for line, _ in found] == [line for line, _ in service.expected]
    for (_, reason), (_, words) in zip(found, service.expected, strict=True):
        assert words in reason


def test_the_original_network_in_its_place_is_an_error_and_not_read(here: Path, tmp_path: Path) -> None:
    from jettison_runtime import tensorflow as tf

    with pytest.raises(ModelFolderError, match="name a converted model"):
        tf.compat.v1.GraphDef.FromString(b"\n\x0einput" * 2000)
    with pytest.raises(ModelFolderError, match="no converted model at"):
        tf.keras.models.load_model(tmp_path / "model.h5")


def test_names_shapes_and_types_that_the_network_lacks_are_errors(here: Path) -> None:
    from jettison_runtime import tensorflow as tf

    infer = tf.saved_model.load("saved").signatures["serving_default"]
    with pytest.raises(TypeError, match="rows float32"):
        infer(columns=tf.constant(ROWS))
    with pytest.raises(TypeError, match="float64"):
        infer(tf.constant(ROWS.astype(np.float64)))
    for given in (ROWS.astype(np.float64), ROWS.tolist()):
        assert np.array_equal(infer(rows=given)["scores"].numpy(), infer(tf.constant(ROWS))["scores"].numpy())
    assert infer.structured_outputs["scores"].shape.as_list() == [None, 3]
    model = tf.keras.models.load_model("model.h5")
    assert np.array_equal(model.predict({"rows": ROWS}), model.predict([ROWS]))
    with pytest.raises(ValueError, match="shape"):
        tf.keras.models.load_model("model.h5").predict(ROWS[0])
    graph = tf.Graph()
    with graph.as_default():
        tf.import_graph_def(tf.compat.v1.GraphDef.FromString(Path("model.pb").read_bytes()), name="")
    session = tf.compat.v1.Session(graph=graph)
    both = session.run(Fetched("rows:0", "scores:0"), {"rows:0": ROWS.astype(np.float64)})
    assert np.array_equal(both.given, ROWS) and np.array_equal(both.scores, session.run("scores:0", {"rows:0": ROWS}))
    with pytest.raises(KeyError, match="hidden:0"):
        session.run("hidden:0", {"rows:0": ROWS})
    with pytest.raises(KeyError, match="phase_train"):
        session.run("scores:0", {"rows:0": ROWS, "phase_train:0": False})
    with graph.as_default():
        again = tf.compat.v1.GraphDef.FromString(Path("model.pb").read_bytes())
        for name in ("net/rows:0", "net_1/rows:0"):
            found = tf.import_graph_def(again, name="net", return_elements=["rows:0"])
            assert found is not None and found[0].name == name
        with pytest.raises(ValueError, match="rows:0 is in the graph"):
            tf.import_graph_def(again, name="")
    with pytest.raises(ValueError, match="needs rows"):
        session.run("scores:0")
