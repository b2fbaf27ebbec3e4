"""The task image-feature-extraction: a vector for each picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jettison_runtime.pictures import Preprocessing

from .prepared import PreparedTask


@dataclass(frozen=True)
class ImageEmbedder(PreparedTask):
    """A loaded network without a head for labels, with what is done to a picture first. Needs Pillow."""

    TASK = "image-feature-extraction"
    READ = staticmethod(Preprocessing.read)

    def encode(self, pictures: Sequence[Any], *, normalize: bool = False) -> NDArray[np.float32]:
        """The pooled vector of each picture, [pictures, width]: ``image_embeds`` of CLIP, ``pooler_output`` of others.

        :param pictures: paths, bytes of a file, Pillow's pictures, or arrays [height, width, 3] of 8 bits.
        :param normalize: make every vector 1 long.
        :raises ValueError: a picture that cannot be read.
        """
        output = self.model.manifest.config["pooled"]
        size = next(each.shape[-1] for each in self.model.outputs if each.name == output)
        rows = [each[output].reshape(-1) for each in self.answers(pictures)]
        vectors = np.stack(rows) if rows else np.zeros((0, int(size)), np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True) if normalize else vectors
