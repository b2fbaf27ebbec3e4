"""Services that compute on token tensors: the runtime's namespace takes torch's place where it is still asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.adapt.services import Shape, adapted

SHAPES = [
    Shape(
        "tensors made and joined, on the GPU if there is one",
        """
-import torch
-from transformers import AutoTokenizer, T5ForConditionalGeneration
+from jettison_runtime import torch
+from jettison_runtime.transformers import AutoTokenizer, T5ForConditionalGeneration

-device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
 tokenizer = AutoTokenizer.from_pretrained("model")
-model = T5ForConditionalGeneration.from_pretrained("model").to(device)
+model = T5ForConditionalGeneration.from_pretrained("model")


 def answer(rows):
     found = []
     for row in rows:
-        ids = torch.tensor([row], dtype=torch.long, device=device)
+        ids = torch.tensor([row], dtype=torch.long)
-        with torch.no_grad():
-            out = model.generate(ids, attention_mask=torch.ones_like(ids))
+        out = model.generate(ids, attention_mask=torch.ones_like(ids))
-        found.append(out.squeeze(0).cpu())
+        found.append(out.squeeze(0))
     merged = torch.cat(found)
     kept = merged[merged != tokenizer.pad_token_id]
     if not kept.numel() or (kept == 1).all():
         return "", 0
     return tokenizer.decode(kept, skip_special_tokens=True), (merged != 0).sum().item()
""",
    ),
    Shape(
        "names of torch one by one, and another name for all of it",
        """
-import torch as th
-from torch import no_grad, tensor
+from jettison_runtime import torch as th
+from jettison_runtime.torch import tensor

 both = th.stack([tensor([1]), tensor([2])], dim=0)
-with no_grad():
-    print(both.tolist(), both.size(0), both.dim())
+print(both.tolist(), both.size(0), both.dim())
""",
    ),
    Shape(
        "torch that may not be there",
        """
 try:
-    import torch
+    from jettison_runtime import torch
 except ImportError:
     torch = None


 def rows(numbers):
     return torch.tensor(numbers).unsqueeze(0).tolist()
""",
    ),
    Shape(
        "the older calls of a tokenizer",
        """
-from transformers import AutoTokenizer, T5ForConditionalGeneration
+from jettison_runtime.transformers import AutoTokenizer, T5ForConditionalGeneration

 tokenizer = AutoTokenizer.from_pretrained("model")
 model = T5ForConditionalGeneration.from_pretrained("model")
 model.train(False)
 total = sum(each.numel() for each in model.parameters() if each.requires_grad)


 def answer(texts):
     one = tokenizer.encode_plus(texts[0], return_tensors="pt", return_token_type_ids=False)
     model.generate(one["input_ids"], attention_mask=one["attention_mask"])
     many = tokenizer.batch_encode_plus(texts, padding=True, return_tensors="pt")
     return tokenizer.batch_decode(model.generate(**many), skip_special_tokens=True)
""",
    ),
    Shape(
        "mixed precision that is off, or of a GPU",
        """
-import torch
-from transformers import AutoTokenizer, T5ForConditionalGeneration
+from jettison_runtime.transformers import AutoTokenizer, T5ForConditionalGeneration

 tokenizer = AutoTokenizer.from_pretrained("model")
 model = T5ForConditionalGeneration.from_pretrained("model")
 ids = tokenizer.encode("a", return_tensors="pt")
-with torch.amp.autocast("cpu", enabled=False):
-    model.generate(ids)
-with torch.autocast(device_type="cuda"):
-    model.generate(ids)
+model.generate(ids)
+model.generate(ids)
""",
    ),
    Shape(
        "a data class whose fields are set later",
        """
 from dataclasses import dataclass, field

-import torch
-from transformers import AutoTokenizer, T5ForConditionalGeneration
+from jettison_runtime.transformers import AutoTokenizer, T5ForConditionalGeneration


 @dataclass
 class Engine:
     path: str
     options: dict = field(default_factory=dict)
     tokenizer: AutoTokenizer = field(init=False)
     model: T5ForConditionalGeneration = field(init=False, repr=False)
     limit: int = 3

     def __post_init__(self):
         self.tokenizer = AutoTokenizer.from_pretrained(self.path)
-        self.model = T5ForConditionalGeneration.from_pretrained(self.path).eval()
+        self.model = T5ForConditionalGeneration.from_pretrained(self.path)

     def answer(self, text):
         ids = self.tokenizer(text, return_tensors="pt").input_ids
         return self.tokenizer.decode(self.model.generate(ids, max_length=self.limit)[0])


 engine = Engine("model", {}, 8)
""",
    ),
    Shape(
        "a thread that gets the model, and errors of a GPU",
        """
 import queue
 import threading

-import torch
-from transformers import AutoTokenizer, T5ForConditionalGeneration
+from jettison_runtime import torch
+from jettison_runtime.transformers import AutoTokenizer, T5ForConditionalGeneration

 jobs = queue.Queue()


 def work(tokenizer, model, waiting, longest=None):
     while True:
         job = waiting.get()
         ids = torch.LongTensor([tokenizer.encode(job["text"])])
         try:
-            with torch.no_grad():
-                out = model.generate(ids, max_length=longest)
+            out = model.generate(ids, max_length=longest)
         except torch.cuda.OutOfMemoryError:
-            torch.cuda.empty_cache()
             continue
         if isinstance(out, torch.Tensor):
             job["text"] = tokenizer.decode(out.view(-1).reshape(1, -1)[0])
         waiting.task_done()


 made = AutoTokenizer.from_pretrained("model"), T5ForConditionalGeneration.from_pretrained("model")
 thread = threading.Thread(target=work, args=(made[0], made[1], jobs), kwargs={"longest": 8}, daemon=True)
 thread.start()
""",
    ),
    Shape(
        "a number format, and a place that a function says",
        """
-import torch
-from transformers import AutoTokenizer
+from jettison_runtime.transformers import AutoTokenizer

 tokenizer = AutoTokenizer.from_pretrained("model")


 def place():
     print("asked")
     return "cpu"


 ids = tokenizer.encode("a", return_tensors="pt").to(place())
-scores = ids.to(torch.float32).tolist()
+scores = ids.to("float32").tolist()
""",
    ),
]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_tensors_are_the_runtimes(shape: Shape, tmp_path: Path) -> None:
    found = adapted(tmp_path, shape.before)
    assert found.refusals == ()
    assert [file.after for file in found.files] == [shape.after]


def test_torch_that_comes_from_another_file_is_refused(tmp_path: Path) -> None:
    files = {"app.py": "from base import torch\n\nids = torch.tensor([1])\n", "base.py": "import torch\n"}
    found = adapted(tmp_path, files)
    assert ("app.py", 3) in {(each.file, each.line) for each in found.refusals}


def test_what_computes_with_fractions_is_told(tmp_path: Path) -> None:
    found = adapted(tmp_path, "import torch\n\nshares = torch.softmax(torch.tensor([0.5, 1.0]), dim=0).tolist()\n")
    assert found.complete
    assert found.notes == ("app.py:3: the last digit of what torch.softmax computes may be another than torch's",)
