"""``SentenceTransformer``: sentences in, vectors out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jettison_runtime.encoder import Encoder
from jettison_runtime.errors import ModelFolderError
from jettison_runtime.loaded import loaded
from jettison_runtime.tasks.embedding import Embedder
from jettison_runtime.tasks.texts import Texts
from jettison_runtime.tensors import Tensor
from jettison_runtime.transformers.location import folder_of
from jettison_runtime.transformers.placed import Placed
from jettison_runtime.transformers.tokenizers import PreTrainedTokenizerFast

_TASK = "feature-extraction"


class SentenceTransformer(Placed):
    """A converted sentence-transformers folder."""

    def __init__(self, model_name_or_path: str | os.PathLike[str], *, device: str | None = None) -> None:
        """The converted model that stands for a path or a hub name; it must answer its canary first.

        :raises ModelFolderError: no such folder, or one that was converted for another use.
        :raises ValueError: another device than the CPU.
        """
        if device not in (None, "cpu"):
            raise ValueError(f"a converted model runs on the CPU, not on {device!r}")
        folder = folder_of(model_name_or_path)
        self._network = loaded(folder, Encoder)
        if self._network.manifest.task != _TASK:
            raise ModelFolderError(
                f"{folder} was converted for {self._network.manifest.task}, and a SentenceTransformer needs {_TASK}"
            )
        self.tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
        own = self._network.manifest.embedding.get("max_length")
        self.max_seq_length: int = own or min(self.tokenizer.model_max_length, self._network.longest)
        """Tokens of a sentence; what is longer is cut. To be set too."""

    def encode(
        self,
        sentences: str | Sequence[str],
        *,
        batch_size: int = 32,
        convert_to_numpy: bool = True,
        convert_to_tensor: bool = False,
        normalize_embeddings: bool = False,
    ) -> NDArray[np.float32] | Tensor:
        """The vectors of sentences [sentences, width]; of one sentence [width].

        :raises TypeError: neither an array nor a tensor is asked for; or no sentences.
        """
        if not (convert_to_numpy or convert_to_tensor):
            raise TypeError("encode gives an array of numpy's or a tensor here, not a list of tensors")
        texts = [sentences] if isinstance(sentences, str) else list(sentences)
        if not all(isinstance(text, str) for text in texts):
            raise TypeError("encode takes a sentence or a list of sentences")
        found: Any = np.array([], np.float32)
        if texts:
            settings = {**self._network.manifest.embedding, "max_length": self.max_seq_length}
            manifest = replace(self._network.manifest, embedding=settings)
            embedder = Embedder(texts=Texts(replace(self._network, manifest=manifest), self.tokenizer.text))
            found = embedder.encode(texts, normalize=normalize_embeddings or None, batch_size=batch_size)
        found = found[0] if isinstance(sentences, str) else found
        return Tensor(found) if convert_to_tensor else found

    def get_sentence_embedding_dimension(self) -> int:
        """The width of the vectors."""
        width = self._network.network.outputs["sentence_embedding"][1][-1]
        return int(width)
