"""Ways in which services keep and pass their model: the values are followed through all of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.adapt.services import Shape, adapted

# In each of these, only the imports and what is between the marks changes: the rest of the code shows that the
# values were followed, since a model or tensor that is lost on its way is refused.
SHAPES = [
    Shape(
        "a class that keeps them",
        """
-import torch
-from transformers import T5Tokenizer, T5ForConditionalGeneration
+from jettison_runtime.transformers import T5Tokenizer, T5ForConditionalGeneration
 from flask import Flask, request, jsonify

 app = Flask(__name__)


 class Summarizer:
     name = "t5"

     def __init__(self, path, device=None):
-        self.device = device or torch.device("cpu")
+        self.device = device or "cpu"
         self.tokenizer = T5Tokenizer.from_pretrained(path)
-        self.model = T5ForConditionalGeneration.from_pretrained(path).to(self.device)
+        self.model = T5ForConditionalGeneration.from_pretrained(path)
-        self.model.eval()
         self.options = {"max_length": 40, "num_beams": 4, "early_stopping": True}

     @property
     def limit(self):
         return self.tokenizer.model_max_length

-    def _encoded(self, text: str) -> torch.Tensor:
+    def _encoded(self, text: str) -> object:
         encoded = self.tokenizer.encode("summarize: " + text, return_tensors="pt", truncation=True)
-        return encoded.to(self.device)
+        return encoded

-    @torch.no_grad()
     def __call__(self, text):
         ids = self._encoded(text)
         rows = self.model.generate(ids, **self.options)
         return self.tokenizer.batch_decode(rows, skip_special_tokens=True)[0], ids.shape[1]


 summarizer = Summarizer("model")


 @app.post("/")
 def summarize():
     text, length = summarizer(request.json["text"])
     return jsonify(text=text, length=length, limit=summarizer.limit)
""",
    ),
    Shape(
        "globals filled at startup",
        """
 from contextlib import asynccontextmanager

-import transformers as hf
+from jettison_runtime import transformers as hf
 from fastapi import FastAPI, Request

 model = None
 tokenizer = None
 kept = {}


 @asynccontextmanager
 async def lifespan(app: FastAPI):
     global model, tokenizer
     tokenizer, model = load("model")
-    model.eval()
     kept["say"] = hf.pipeline("text2text-generation", model=model, tokenizer=tokenizer)
     app.state.tokenizer = tokenizer
     yield
     kept.clear()


 def load(name):
     return hf.AutoTokenizer.from_pretrained(name), hf.AutoModelForSeq2SeqLM.from_pretrained(name)


 app = FastAPI(lifespan=lifespan)


 @app.post("/")
 async def answer(request: Request):
     text = (await request.json())["text"]
     if model is None:
         return {"error": "not yet"}
-    out = model.generate(**request.app.state.tokenizer(text, return_tensors="pt").to("cuda"))
+    out = model.generate(**request.app.state.tokenizer(text, return_tensors="pt"))
     out = tokenizer.decode(out[0])
     return {"text": out, "again": kept["say"](text, max_new_tokens=9)[0]["generated_text"]}
""",
    ),
    Shape(
        "injected by FastAPI, cached, run in a thread pool",
        """
 import asyncio
 from dataclasses import dataclass
 from functools import lru_cache, partial
 from typing import Annotated, Any

 from fastapi import Depends, FastAPI
 from fastapi.concurrency import run_in_threadpool
 from pydantic import BaseModel
-from transformers import AutoTokenizer, PreTrainedModel, T5ForConditionalGeneration
+from jettison_runtime.transformers import AutoTokenizer, T5ForConditionalGeneration


 class Question(BaseModel):
     text: str
     model: str = "t5"


 @dataclass
 class Loaded:
     tokenizer: Any
-    model: PreTrainedModel
+    model: object


 @lru_cache(maxsize=1)
 def loaded() -> Loaded:
-    tokenizer = AutoTokenizer.from_pretrained("model", use_auth_token=False)
+    tokenizer = AutoTokenizer.from_pretrained("model")
-    return Loaded(tokenizer, model=T5ForConditionalGeneration.from_pretrained("model").eval())
+    return Loaded(tokenizer, model=T5ForConditionalGeneration.from_pretrained("model"))


 def answer(text: str, both: "Loaded", beams: int = 1) -> str:
-    ids = both.tokenizer(text, return_tensors="pt")["input_ids"].cpu()
+    ids = both.tokenizer(text, return_tensors="pt")["input_ids"]
     return both.tokenizer.decode(both.model.generate(ids, num_beams=beams).tolist()[0])


 app = FastAPI()


 @app.post("/a")
 async def a(question: Question, both: Loaded = Depends(loaded)):
     return {"text": await run_in_threadpool(answer, question.text.strip(), both), "model": question.model.upper()}


 @app.post("/b")
 async def b(question: Question, both: Annotated[Loaded, Depends(loaded)]):
     loop = asyncio.get_running_loop()
     return {"text": await loop.run_in_executor(None, partial(answer, question.text, both, beams=2))}
""",
    ),
    Shape(
        "a thread that takes work from a queue, a singleton, a base class",
        """
 import queue
 import threading

-from transformers import GenerationConfig, T5TokenizerFast as Tokenizer, T5ForConditionalGeneration, set_seed
+from jettison_runtime.transformers import GenerationConfig, T5TokenizerFast as Tokenizer, T5ForConditionalGeneration, set_seed
-from transformers.utils import logging as hf_logging
+from jettison_runtime.transformers import logging as hf_logging

 hf_logging.set_verbosity_error()
 set_seed(1)
 work = queue.Queue()


 class Base:
     model = None
     _one = None

     @classmethod
     def instance(cls):
         if cls._one is None:
             cls._one = cls("model")
         return cls._one

     def generated(self, text):
         raise NotImplementedError


 class Speller(Base):
     def __init__(self, path):
         super().__init__()
         self.tokenizer = Tokenizer.from_pretrained(path, model_max_length=64)
-        Base.model = T5ForConditionalGeneration.from_pretrained(path).eval()
+        Base.model = T5ForConditionalGeneration.from_pretrained(path)
         self.config = GenerationConfig(max_new_tokens=20)
         self.model.generation_config.num_beams = 2

     def generated(self, text):
         return self.model.generate(**self.tokenizer([text], return_tensors="pt"), generation_config=self.config)

     def spell(self, text):
         row, = self.generated(text)
         length = len(row)
         first = int(row[0])
         best = [each for each in row.tolist() if each != self.tokenizer.pad_token_id]
         return {"text": self.tokenizer.decode(best), "length": length, "first": first}


 def loop():
     while True:
         text, done = work.get()
         done.put(Speller.instance().spell(text))


 threading.Thread(target=loop, daemon=True).start()


 def wsgi(environ, start_response):
     done = queue.Queue()
     work.put((environ["QUERY_STRING"], done))
     start_response("200 OK", [])
     return [str(done.get()).encode()]
""",
    ),
    Shape(
        "lists, loops, pairs, and functions that wrap functions",
        """
 import functools
 import time

-import torch
-from transformers import AutoModelForSeq2SeqLM, AutoTokenizer
+from jettison_runtime.transformers import AutoModelForSeq2SeqLM, AutoTokenizer

 NAMES = ["a", "b"]
 tokenizers = [AutoTokenizer.from_pretrained(name) for name in NAMES]
 models = {name: AutoModelForSeq2SeqLM.from_pretrained(name) for name in NAMES}
 for each in models.values():
-    each.eval()
+    pass


 def timed(function):
     @functools.wraps(function)
     def wrapper(*args, **kwargs):
         start = time.time()
         answer = function(*args, **kwargs)
         print(f"{time.time() - start:.3f}")
         return answer

     return wrapper


 @timed
 def answers(texts):
     found = []
     for number, (name, tokenizer) in enumerate(zip(NAMES, tokenizers)):
         for text in texts:
             result = tokenizer(text, return_tensors="pt")
-            with torch.no_grad():
-                result = models[name].generate(result.input_ids, attention_mask=result.attention_mask)
+            result = models[name].generate(result.input_ids, attention_mask=result.attention_mask)
             result = tokenizer.decode(result[0])
             if not result:
                 continue
             found.append((number, result))
         else:
             break
     return sorted(found, key=lambda pair: pair[1])
""",
    ),
    Shape(
        "sampled text that streams",
        """
-from transformers import AutoModelForSeq2SeqLM, AutoTokenizer, TextIteratorStreamer
+from jettison_runtime.transformers import AutoModelForSeq2SeqLM, AutoTokenizer, TextIteratorStreamer

 tokenizer = AutoTokenizer.from_pretrained("model")
 model = AutoModelForSeq2SeqLM.from_pretrained("model")


 def answer(text):
     streamer = TextIteratorStreamer(tokenizer, skip_prompt=True, skip_special_tokens=True)
     ids = tokenizer(text, return_tensors="pt").input_ids
     model.generate(ids, streamer=streamer, do_sample=True, top_p=0.9, max_new_tokens=40)
     for piece in streamer:
         yield piece.encode()
""",
    ),
]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_values_are_followed_through(shape: Shape, tmp_path: Path) -> None:
    found = adapted(tmp_path, shape.before)
    assert found.refusals == ()
    assert [file.after for file in found.files] == [shape.after]
