"""Services around encoders, before and after: classes, pipelines, sentence-transformers; and what of them is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.adapt.services import Refused, Shape, adapted

SHAPES = [
    Shape(
        "softmax by hand",
        """
-import torch
-import torch.nn.functional as F
+from jettison_runtime.torch.nn import functional as F
 from fastapi import FastAPI
-from transformers import AutoModelForSequenceClassification, AutoTokenizer
+from jettison_runtime.transformers import AutoModelForSequenceClassification, AutoTokenizer

-device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
 tokenizer = AutoTokenizer.from_pretrained("model")
-model = AutoModelForSequenceClassification.from_pretrained("model", num_labels=2).to(device)
+model = AutoModelForSequenceClassification.from_pretrained("model", num_labels=2)
-model.eval()
 app = FastAPI()


 @app.post("/predict")
 def predict(text: str):
-    inputs = tokenizer(text, return_tensors="pt", truncation=True, padding=True, max_length=128).to(device)
+    inputs = tokenizer(text, return_tensors="pt", truncation=True, padding=True, max_length=128)
-    with torch.no_grad():
-        outputs = model(**inputs)
+    outputs = model(**inputs)
     scores = F.softmax(outputs.logits, dim=-1)[0]
     best = scores.argmax().item()
     return {"label": model.config.id2label[best], "score": scores[best].item(), "shown": f"{scores.max():.2f}"}
""",
    ),
    Shape(
        "the whole of torch stays by its name",
        """
-import torch
+from jettison_runtime import torch
-from transformers import DistilBertForSequenceClassification, DistilBertTokenizerFast
+from jettison_runtime.transformers import DistilBertForSequenceClassification, DistilBertTokenizerFast

 tokenizer = DistilBertTokenizerFast.from_pretrained("model")
 model = DistilBertForSequenceClassification.from_pretrained("model")
 LABELS = ["bad", "good"]
 softmax = torch.nn.Softmax(dim=1)


 def predict(texts):
     encoded = tokenizer(texts, padding=True, truncation=True, return_tensors="pt")
-    with torch.inference_mode():
-        logits = model(encoded["input_ids"], encoded["attention_mask"])[0]
+    logits = model(encoded["input_ids"], encoded["attention_mask"])[0]
     confidence, predicted = torch.max(softmax(logits), dim=1)
     values, places = torch.topk(torch.sigmoid(logits), k=2)
     return [
         {"label": LABELS[place], "confidence": float(score)} for place, score in zip(predicted.tolist(), confidence)
     ], values.tolist(), LABELS[torch.argmax(logits[0])], places.numpy()
""",
    ),
    Shape(
        "mean pooling",
        """
-import torch
-from torch import nn
+from jettison_runtime import torch
+from jettison_runtime.torch import nn
-from transformers import AutoModel, AutoTokenizer
+from jettison_runtime.transformers import AutoModel, AutoTokenizer

 tokenizer = AutoTokenizer.from_pretrained("sentence-transformers/all-MiniLM-L6-v2")
 model = AutoModel.from_pretrained("sentence-transformers/all-MiniLM-L6-v2")


 def mean_pooling(model_output, attention_mask):
     token_embeddings = model_output[0]
     mask = attention_mask.unsqueeze(-1).expand(token_embeddings.size()).float()
     return torch.sum(token_embeddings * mask, 1) / torch.clamp(mask.sum(1), min=1e-9)


 def embed(sentences):
     encoded = tokenizer(sentences, padding=True, truncation=True, return_tensors="pt")
-    with torch.no_grad():
-        output = model(**encoded)
+    output = model(**encoded)
     embeddings = mean_pooling(output, encoded["attention_mask"])
     embeddings = nn.functional.normalize(embeddings, p=2, dim=1)
     return (embeddings @ embeddings.T).tolist(), output.last_hidden_state[:, 0].tolist()
""",
    ),
    Shape(
        "pipelines",
        """
 from flask import Flask, jsonify, request
-from transformers import pipeline
+from jettison_runtime.transformers import pipeline

 app = Flask(__name__)
 classify = pipeline("sentiment-analysis", model="./model", top_k=None, device=-1)
-find = pipeline("ner", model="./ner", tokenizer="./ner", aggregation_strategy="simple", num_workers=1)
+find = pipeline("ner", model="./ner", tokenizer="./ner", aggregation_strategy="simple")
 answer = pipeline("question-answering", model="./qa")
 fill = pipeline("fill-mask", model="./mlm")
 states = pipeline("feature-extraction", model="./states")


 @app.route("/", methods=["POST"])
 def analyse():
     text = request.json["text"]
     entities = [{"word": each["word"], "score": float(each["score"])} for each in find(text)]
     found = answer(question=request.json["question"], context=text)
     filled = [each["token_str"] for each in fill("a [MASK]", top_k=2)]
     return jsonify(
         {"labels": classify(text, truncation=True)[0], "entities": entities, "answer": found["answer"], "fill": filled}
     )
""",
    ),
    Shape(
        "a configuration of its own, numpy and scipy",
        """
 import numpy as np
-import torch
 from scipy.special import softmax
-from transformers import AutoConfig, AutoModelForSequenceClassification, AutoTokenizer
+from jettison_runtime.transformers import AutoConfig, AutoModelForSequenceClassification, AutoTokenizer

 config = AutoConfig.from_pretrained("model")
 tokenizer = AutoTokenizer.from_pretrained("model", do_lower_case=True)
 model = AutoModelForSequenceClassification.from_pretrained("model", config=config)


 def ranked(text):
     output = model(**tokenizer(text, return_tensors="pt"))
-    scores = softmax(output[0][0].detach().numpy())
+    scores = softmax(output[0][0].numpy())
     first = np.asarray(output.logits.squeeze())
     return [(config.id2label[place], str(scores[place])) for place in np.argsort(scores)[::-1]], first.tolist()
""",
    ),
    Shape(
        "sentence-transformers",
        """
 from fastapi import FastAPI
-from sentence_transformers import SentenceTransformer, util
-from sentence_transformers.util import cos_sim
+from jettison_runtime.sentence_transformers import SentenceTransformer, util
+from jettison_runtime.sentence_transformers.util import cos_sim

 app = FastAPI()
-model = SentenceTransformer("all-MiniLM-L6-v2", device="cuda", cache_folder="/tmp")
+model = SentenceTransformer("all-MiniLM-L6-v2")


 @app.get("/")
 def similar(one: str, other: str):
-    vectors = model.encode([one, other], convert_to_tensor=True, show_progress_bar=False)
+    vectors = model.encode([one, other], convert_to_tensor=True)
     arrays = model.encode([one, other], normalize_embeddings=True)
     return {
         "score": util.pytorch_cos_sim(vectors[0], vectors[1]).item(),
         "again": float(cos_sim(arrays[0], arrays[1])[0][0]),
         "vector": arrays[0].tolist(),
     }
""",
    ),
]

REFUSED = [
    Refused(
        "calls of encoders",
        """
        import torch
        from transformers import AutoModel, AutoModelForSequenceClassification, AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained("model")
        model = AutoModelForSequenceClassification.from_pretrained("model")
        bare = AutoModel.from_pretrained("bare", output_hidden_states=True)  # <- output_hidden_states

        def predict(text):
            inputs = tokenizer(text, return_tensors="pt")
            first = model(inputs)  # <- a tokenizer's answer given as input_ids
            second = model(**inputs, output_attentions=True)  # <- output_attentions
            third = model(**inputs, labels=None)  # <- the option labels
            fourth = model(**inputs, return_dict=False)  # <- return_dict
            (logits,) = model(**inputs)  # <- going through a model's output
            states = bare(**inputs).hidden_states[-2]
            odd = model(**inputs).scores  # <- .scores of a model's output
            wrong = model(**inputs)[1]  # <- a model's output holds logits here
            text = model.generate(**inputs)  # <- .generate of a model | a tokenizer's answer goes to
            return {"output": model(**inputs)}
        """,
    ),
    Refused(
        "pipelines of encoders",
        """
        from transformers import AutoModelForSequenceClassification, AutoTokenizer, pipeline

        model = AutoModelForSequenceClassification.from_pretrained("model")
        tokenizer = AutoTokenizer.from_pretrained("model")
        good = pipeline("text-classification", model=model, tokenizer=tokenizer)
        wrong = pipeline("ner", model=model, tokenizer=tokenizer)  # <- a model given as model
        generates = pipeline("sentiment-analysis", model="m", num_beams=4)  # <- the option num_beams
        zero = pipeline("zero-shot-classification", model="m")  # <- only pipelines for
        states = pipeline("feature-extraction", model="m")("x", return_tensors=True)  # <- return_tensors
        usual = pipeline("sentiment-analysis")  # <- a pipeline that does not name its model
        """,
    ),
    Refused(
        "sentence-transformers",
        """
        import torch
        from sentence_transformers import CrossEncoder, SentenceTransformer, util

        model = SentenceTransformer("m", model_kwargs={"torch_dtype": "float16"})  # <- model_kwargs
        other = SentenceTransformer("m")
        judge = CrossEncoder("m")  # <- sentence_transformers.CrossEncoder has no counterpart

        def embed(text, tensors):
            first = other.encode(text, convert_to_tensor=tensors)  # <- the call must say which
            second = other.encode(text, precision="int8")  # <- precision
            third = other.encode_multi_process([text], None)  # <- .encode_multi_process
            fourth = util.paraphrase_mining(other, [text])  # <- sentence_transformers.util.paraphrase_mining
            return util.semantic_search(other.encode(text), other.encode([text]), score_function=util.dot_score)  # <- score_function
        """,
    ),
]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_each_shape_becomes_what_it_has_to_be(shape: Shape, tmp_path: Path) -> None:
    found = adapted(tmp_path, shape.before)
    assert found.refusals == ()
    assert found.files[0].after == shape.after


@pytest.mark.parametrize("refused", REFUSED, ids=lambda refused: refused.name)
def test_each_marked_line_is_refused_with_its_reason_and_no_other(refused: Refused, tmp_path: Path) -> None:
    found = adapted(tmp_path, refused.code)
    shown = [(each.line, each.reason) for each in found.refusals]
    assert [line for line, _ in shown] == [line for line, _ in sorted(refused.expected)], shown
    for (_, reason), (_, words) in zip(shown, sorted(refused.expected), strict=True):
        assert words in reason
