"""Where the model runs, and that nothing is learned: all of it goes away on the CPU."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.adapt.services import Shape, adapted

SHAPES = [
    Shape(
        "a device chosen once and used everywhere",
        """
-import torch
-from transformers import AutoTokenizer, T5ForConditionalGeneration
+from jettison_runtime.transformers import AutoTokenizer, T5ForConditionalGeneration

 tokenizer = AutoTokenizer.from_pretrained("model")
 model = T5ForConditionalGeneration.from_pretrained("model")

-device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
-model = model.to(device)
-model.eval()
-

 def answer(text):
-    ids = tokenizer(text, return_tensors="pt").input_ids.to(device)
+    ids = tokenizer(text, return_tensors="pt").input_ids
-    with torch.no_grad():
-        out = model.generate(ids, max_length=64)
+    out = model.generate(ids, max_length=64)
     return tokenizer.decode(out[0], skip_special_tokens=True)
""",
    ),
    Shape(
        "the name of the device is told",
        """
-import torch
-from transformers import AutoTokenizer, T5ForConditionalGeneration
+from jettison_runtime.transformers import AutoTokenizer, T5ForConditionalGeneration

 tokenizer = AutoTokenizer.from_pretrained("model")
 model = T5ForConditionalGeneration.from_pretrained("model")

+device = "cpu"
-DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
-device = torch.device(DEVICE)
-model.to(device).eval()
 print(f"running on {device}")


 def health():
-    return {"device": str(device), "kind": device.type, "gpu": torch.cuda.is_available()}
+    return {"device": str(device), "kind": "cpu", "gpu": False}
""",
    ),
    Shape(
        "what only a GPU does goes away with its condition",
        """
-import torch
-from transformers import AutoTokenizer, T5ForConditionalGeneration
+from jettison_runtime.transformers import AutoTokenizer, T5ForConditionalGeneration

 tokenizer = AutoTokenizer.from_pretrained("model")
 model = T5ForConditionalGeneration.from_pretrained("model")

-use_gpu = torch.cuda.is_available()
-if use_gpu:
-    # faster
-    model.half()
-    model = model.cuda()
-if torch.cuda.device_count() > 1:
-    model = torch.nn.DataParallel(model)
-elif model:
+if model:
     print("one")
-if not torch.cuda.is_available():
-    # slow but sure
+# slow but sure
-    print("no GPU")
+print("no GPU")
-else:
-    torch.backends.cudnn.benchmark = True
-    print(torch.cuda.get_device_name(0))
""",
    ),
    Shape(
        "a condition in the middle of others",
        """
-import torch
-from transformers import AutoTokenizer, T5ForConditionalGeneration
+from jettison_runtime.transformers import AutoTokenizer, T5ForConditionalGeneration

 tokenizer = AutoTokenizer.from_pretrained("model")
 model = T5ForConditionalGeneration.from_pretrained("model")

 import os

 if os.environ.get("BIG"):
     print("big")
-elif torch.cuda.is_available():
-    model.half()
 else:
     print("small")
 if os.environ.get("BIG"):
     print("big")
-elif torch.cuda.is_available():
-    model.half()
""",
    ),
    Shape(
        "scopes without gradients, in every form",
        """
-import torch
-from transformers import AutoTokenizer, T5ForConditionalGeneration
+from jettison_runtime.transformers import AutoTokenizer, T5ForConditionalGeneration

 tokenizer = AutoTokenizer.from_pretrained("model")
 model = T5ForConditionalGeneration.from_pretrained("model")


-@torch.no_grad()
 def first(text):
     return tokenizer.decode(model.generate(**tokenizer(text, return_tensors="pt"))[0])


 # how the second differs
-@torch.inference_mode()
 # is not said
 def second(text, path):
-    with torch.inference_mode(), open(path) as lines:  # read
+    with open(path) as lines:  # read
         text += lines.read()
     # the end
     return first(text)


 def third(text):
-    with open("lock"), torch.no_grad():
+    with open("lock"):
         return first(text)


 def fourth(text):
     # no gradients are needed
+    # so none are kept
-    with torch.no_grad():  # so none are kept
-        with torch.set_grad_enabled(False):

-            out = first(text)
+    out = first(text)

-            # all done
+    # all done
     return out


 def fifth(text):
-    with torch.no_grad(): return first(text)
+    return first(text)
""",
    ),
    Shape(
        "every tensor of an answer is moved",
        """
-import torch
-from transformers import AutoTokenizer, T5ForConditionalGeneration
+from jettison_runtime.transformers import AutoTokenizer, T5ForConditionalGeneration

 tokenizer = AutoTokenizer.from_pretrained("model")
 model = T5ForConditionalGeneration.from_pretrained("model")


 def answer(texts):
     inputs = tokenizer(texts, padding=True, return_tensors="pt")
-    inputs = {key: value.to(model.device) for key, value in inputs.items()}
+    inputs = {key: value for key, value in inputs.items()}
     rows = model.generate(
-        input_ids=inputs["input_ids"].to("cpu"),
+        input_ids=inputs["input_ids"],
-        attention_mask=inputs["attention_mask"].to(next(model.parameters()).device),
+        attention_mask=inputs["attention_mask"],
         num_beams=4,
-    ).detach().cpu()
+    )
     return [tokenizer.decode(row, skip_special_tokens=True) for row in rows]
""",
    ),
    Shape(
        "a chain over several lines",
        """
-import torch
-from transformers import AutoModelForSeq2SeqLM
+from jettison_runtime.transformers import AutoModelForSeq2SeqLM

-dtype = torch.float16 if torch.cuda.is_available() else torch.float32
+dtype = "float32"
 model = (
     AutoModelForSeq2SeqLM.from_pretrained(
         "model",
-        torch_dtype=dtype,
+        torch_dtype=dtype
-        device_map="auto"  # wherever there is room
     )
-    .to("cpu")
-    .eval()
 )
-other = AutoModelForSeq2SeqLM.from_pretrained("other", low_cpu_mem_usage=True, attn_implementation="eager").float()
+other = AutoModelForSeq2SeqLM.from_pretrained("other", low_cpu_mem_usage=True)
""",
    ),
    Shape(
        "threads are told to the runtime",
        """
-import torch
+import os
-from transformers import pipeline
+from jettison_runtime.transformers import pipeline

+os.environ["JETTISON_THREADS"] = "2"  # the container has two
-torch.set_num_threads(2)  # the container has two
-torch.set_num_interop_threads(1); torch.manual_seed(0)
-say = pipeline("summarization", model="model", device=0 if torch.cuda.is_available() else -1)
+say = pipeline("summarization", model="model", device=-1)
""",
    ),
    Shape(
        "threads counted by the app",
        """
 import os
-import torch
-from transformers import pipeline
+from jettison_runtime.transformers import pipeline


 def load():
-    torch.set_num_threads(int(os.environ.get("THREADS", "1")))
+    os.environ["JETTISON_THREADS"] = str(int(os.environ.get("THREADS", "1")))
     return pipeline("translation_en_to_fr", "model")


-say = torch.compile(load().model)
+say = load().model
""",
    ),
]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_the_app_keeps_its_shape_without_devices(shape: Shape, tmp_path: Path) -> None:
    found = adapted(tmp_path, shape.before)
    assert found.refusals == ()
    assert [file.after for file in found.files] == [shape.after]
