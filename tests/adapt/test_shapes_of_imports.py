"""How torch and transformers come into a file, and into a service of several files."""

from __future__ import annotations

from pathlib import Path

import pytest

from jettison.adapt import adaptation
from jettison.errors import NotAService
from tests.adapt.services import Shape, adapted

SHAPES = [
    Shape(
        "names in brackets, some of them needless",
        """
-from transformers import (
+from jettison_runtime.transformers import (
-    AdamW,  # for training
     AutoTokenizer,  # the fast one
     T5ForConditionalGeneration as Model,
-    T5Config,
 )
+import os
+import json
-import torch, os
-import torch.nn as nn, json
-from torch.utils.data import DataLoader

 model = Model.from_pretrained(os.environ["M"])
""",
    ),
    Shape(
        "from the modules of transformers",
        """
-from transformers.models.t5 import T5ForConditionalGeneration
+from jettison_runtime.transformers import T5ForConditionalGeneration
-from transformers.models.auto.tokenization_auto import AutoTokenizer
-from transformers.generation import GenerationConfig, LogitsProcessor
-from transformers.pipelines import pipeline
+from jettison_runtime.transformers import AutoTokenizer
+from jettison_runtime.transformers import GenerationConfig
+from jettison_runtime.transformers import pipeline

 say = pipeline("summarization", model="m", tokenizer=AutoTokenizer.from_pretrained("m"))
""",
    ),
    Shape(
        "only tried",
        """
 try:
-    import torch
-except ImportError:
-    torch = None
-
-try:
-    import torch.nn
-    from transformers import pipeline
+    from jettison_runtime.transformers import pipeline
     HAS_MODEL = True
 except ImportError:  # no model here
     pipeline = None
     HAS_MODEL = False

-if torch is not None and torch.cuda.is_available():
-    print("GPU")
-if torch is None:
-    raise SystemExit("torch is needed")
 if pipeline is None or not HAS_MODEL:
     raise SystemExit("transformers is needed")
 say = pipeline("text2text-generation", "m")
""",
    ),
    Shape(
        "only for types, and in annotations",
        '''
 """Uses torch to answer."""
 from __future__ import annotations

 from typing import TYPE_CHECKING, Optional, cast

+from jettison_runtime.transformers import T5ForConditionalGeneration
-import torch as t
-from transformers import PreTrainedTokenizerBase, T5ForConditionalGeneration

-if TYPE_CHECKING:
-    from transformers import PreTrainedModel
-
-model: Optional[PreTrainedModel] = None  # a torch module
+model: Optional[object] = None  # a torch module


-def load(device: t.device = t.device("cpu"), rows: "list[t.Tensor] | None" = None) -> T5ForConditionalGeneration:
+def load(device: str = "cpu", rows: object = None) -> T5ForConditionalGeneration:
     global model
     # torch loads it
-    model = T5ForConditionalGeneration.from_pretrained("m").to(device)
+    model = T5ForConditionalGeneration.from_pretrained("m")
     return model


-def tokenizer(text: str, *, of: PreTrainedTokenizerBase | None = None) -> dict[str, t.Tensor]:
+def tokenizer(text: str, *, of: object | None = None) -> dict[str, object]:
     return of(text, return_tensors="pt")
''',
    ),
    Shape(
        "late, in functions",
        """
 _pipe = None


 def pipe():
     global _pipe
     if _pipe is None:
-        import torch
+        import os

-        from transformers import pipeline
+        from jettison_runtime.transformers import pipeline

-        torch.set_num_threads(1)
+        os.environ["JETTISON_THREADS"] = "1"
-        _pipe = pipeline("summarization", model="m", framework="pt", use_fast=True)
+        _pipe = pipeline("summarization", model="m", framework="pt")
     return _pipe


 def warm():
-    import torch
-    with torch.no_grad():
-        pass
+    pass


 def answer(text):
-    return pipe()(text, truncation=True, max_length=30, batch_size=1)[0]["summary_text"]
+    return pipe()(text, truncation=True, max_length=30)[0]["summary_text"]
""",
    ),
]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_imports_are_swapped_and_torch_is_gone(shape: Shape, tmp_path: Path) -> None:
    found = adapted(tmp_path, shape.before)
    assert found.refusals == ()
    assert [file.after for file in found.files] == [shape.after]


PACKAGE = {
    "service/__init__.py": "",
    "service/main.py": """
        from flask import Flask
        from .models import *
        from .models.loading import summarizer as s, DEVICE
        from . import settings
        import service.texts

        app = Flask(__name__)


        @app.get("/")
        def home():
            return service.texts.clean(s.summary(settings.TEXT)) + str(loaded()) + DEVICE
        """,
    "service/settings.py": 'TEXT = "a text"\n',
    "service/models/__init__.py": """
        from .loading import summarizer

        __all__ = ["loaded"]


        def loaded():
            return summarizer is not None
        """,
    "service/models/loading.py": """
        import torch
        from transformers import pipeline

        from ..settings import TEXT

        DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


        class Summarizer:
            def __init__(self):
                self.pipe = pipeline("summarization", model="m", device=DEVICE)

            def summary(self, text):
                return self.pipe(text or TEXT)[0]["summary_text"]


        summarizer = Summarizer()
        """,
    "service/texts.py": "def clean(text):\n    return text.strip()\n",
    "service/train.py": "import torch\nfrom datasets import load_dataset\nfrom .texts import clean\ntorch.optim.Adam([])\n",
    "old/train.py": "import torch\n",
}


def test_a_package_is_followed_from_its_entry_point(tmp_path: Path) -> None:
    found = adapted(tmp_path, PACKAGE, "service.main")
    assert found.refusals == ()
    assert [file.path for file in found.files] == ["service/models/loading.py"]
    assert 'DEVICE = "cpu"\n' in found.files[0].after
    assert found.aside == ("old/train.py", "service/train.py")


def test_the_entry_point_may_lie_in_a_folder_that_the_image_copies_to_its_top(tmp_path: Path) -> None:
    files = {
        "src/main.py": "import lib.load\n",
        "src/lib/load.py": "from transformers import pipeline\n",
        "main.txt": "",
    }
    found = adapted(tmp_path, files, "main")
    assert [file.path for file in found.files] == ["src/lib/load.py"]


def test_a_module_that_is_only_named_to_the_server_is_followed(tmp_path: Path) -> None:
    files = {
        "run.py": 'import uvicorn\n\nuvicorn.run("web.app:app", port=80)\n',
        "web/app.py": "import torch\n\napp = torch.anything\n",
    }
    assert [each.file for each in adapted(tmp_path, files, "run").refusals] == ["web/app.py"]


def test_a_refusal_names_the_file_in_which_the_value_gets_lost(tmp_path: Path) -> None:
    files = {
        "app.py": "from load import model\nimport use\n\nuse.use(model)\n",
        "load.py": 'from transformers import AutoModelForSeq2SeqLM as A\n\nmodel = A.from_pretrained("m")\n',
        "use.py": "def use(thing):\n    return thing.modules()\n",
    }
    found = adapted(tmp_path, files)
    assert [(each.file, each.line, each.code) for each in found.refusals] == [("use.py", 2, "return thing.modules()")]


def test_a_file_of_the_service_may_be_called_like_a_package(tmp_path: Path) -> None:
    files = {"app.py": "import evaluate\n\nprint(evaluate.score)\n", "evaluate.py": "score = 3\n"}
    assert adapted(tmp_path, files).complete
    files = {"app.py": "import evaluate\n", "scripts/evaluate.py": "score = 3\n", "evaluate/run.py": ""}
    assert [each.reason for each in adapted(tmp_path / "2", files).refusals] == ["evaluate needs torch or transformers"]


def test_files_that_do_not_parse_are_refused_when_they_run_and_ignored_when_they_do_not(tmp_path: Path) -> None:
    files = {"app.py": "import broken\n", "broken.py": "x = 1\nprint 'two'\n", "aside.py": "((("}
    found = adapted(tmp_path, files)
    assert [(each.file, each.line, each.code) for each in found.refusals] == [("broken.py", 2, "print 'two'")]
    assert found.aside == ("aside.py",)


@pytest.mark.parametrize(
    "data",
    [
        b"# -*- coding: latin-1 -*-\nx = '\xe9'\n",
        b"x = '\xe9'\n",
        b"x = 1\0\n",
        b"(" * 5000,
        b"x = " + b"-" * 100_000 + b"1",
    ],
    ids=["other encoding", "no encoding", "null byte", "open brackets", "deep"],
)
def test_odd_bytes_are_refused_and_do_not_crash(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_bytes(data)
    found = adapted(tmp_path, {"app.py": "import broken\n"})
    assert found.complete
    assert not adaptation(tmp_path, ["app.py", "broken.py"], "app").complete


def test_an_entry_point_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotAService, match="the entry point serve is none of the service's 1 Python files"):
        adapted(tmp_path, "x = 1\n", "serve")
    with pytest.raises(NotAService, match=r"gone\.py cannot be read"):
        adaptation(tmp_path, ["gone.py"], "gone")
