"""``jettison_runtime.sentence_transformers``: what stands where sentence_transformers stood."""

from __future__ import annotations

from collections.abc import Mapping

from .loading import DOWNLOAD, PLACEMENT
from .signatures import ANY, Allowed, Only, Signature

PACKAGE = "sentence_transformers"
FACADE = "jettison_runtime.sentence_transformers"
NAMES = frozenset({"SentenceTransformer", "util"})
MODULES: Mapping[str, frozenset[str]] = {
    "sentence_transformers": NAMES,
    "sentence_transformers.util": frozenset({"cos_sim", "pytorch_cos_sim", "dot_score", "semantic_search"}),
}
"""Modules, and what can be imported from each."""

MADE = Signature(
    positional=("model_name_or_path",),
    options={"device": Only(values=(None, "cpu"))},
    dropped={
        **DOWNLOAD,
        **PLACEMENT,
        "device": ANY,
        "cache_folder": ANY,
        "local_files_only": ANY,
        "revision": ANY,
        "token": ANY,
        "backend": Only(values=("torch",)),
    },
)
_NOTHING_ELSE: Mapping[str, Allowed] = {
    "output_value": Only(values=("sentence_embedding",)),
    "precision": Only(values=("float32",)),
    "prompt": Only(values=(None,)),
    "prompt_name": Only(values=(None,)),
}
METHODS: dict[str, Signature] = {
    "encode": Signature(
        positional=("sentences",),
        options={"batch_size": ANY, "convert_to_numpy": ANY, "convert_to_tensor": ANY, "normalize_embeddings": ANY},
        dropped={"show_progress_bar": ANY, "device": ANY, **_NOTHING_ELSE},
    ),
    "get_sentence_embedding_dimension": Signature(),
    "train": Signature(positional=("mode",)),
}
FUNCTIONS: Mapping[str, Signature] = {
    "cos_sim": Signature(positional=("a", "b")),
    "pytorch_cos_sim": Signature(positional=("a", "b")),
    "dot_score": Signature(positional=("a", "b")),
    "semantic_search": Signature(
        positional=("query_embeddings", "corpus_embeddings"),
        options={"top_k": ANY},
        dropped={"query_chunk_size": ANY, "corpus_chunk_size": ANY},
    ),
}
"""Of ``util``. What they compare may be tensors, arrays of numpy's, or lists."""
COMPARE = frozenset({"a", "b", "query_embeddings", "corpus_embeddings"})
