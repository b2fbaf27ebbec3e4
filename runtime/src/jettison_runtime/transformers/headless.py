"""``AutoModel``: a network without a head, for texts or for pictures, as the folder says."""

from __future__ import annotations

import os
from typing import Any

from jettison_runtime import manifest as manifests

from .encoders import States
from .location import folder_of
from .perception import ImageStates


class AutoModel(States):
    """Hidden states: ``.last_hidden_state``, and ``.pooler_output`` where the model has one."""

    @classmethod
    def from_pretrained(cls, pretrained_model_name_or_path: str | os.PathLike[str], **options: Any) -> Any:
        """The converted model that stands for a path or a hub name; see those of `States` and `ImageStates`."""
        folder = folder_of(pretrained_model_name_or_path)
        if manifests.read(folder).task == ImageStates.KIND.TASK:
            return ImageStates.from_pretrained(folder, **options)
        return super().from_pretrained(folder, **options)
