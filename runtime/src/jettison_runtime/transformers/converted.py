"""What encoders and models of pictures and sounds do alike: they are opened by a path or a hub name."""

from __future__ import annotations

import abc
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from jettison_runtime.errors import ModelFolderError

from .configuration import labels_asked, with_labels
from .location import check_options, folder_of
from .placed import Placed

if TYPE_CHECKING:
    from typing import Self


class ConvertedModel(Placed, abc.ABC):
    """A converted network under one of transformers' names."""

    FAMILY: ClassVar[str | None] = None
    """``bert`` for a class of that name; None: any."""

    def __init__(self, network: Any, **labels: Any) -> None:
        """The network of a model folder; `labels` as `from_pretrained` takes them."""
        self.network = network
        self.config = with_labels({**network.manifest.config, **labels})

    @classmethod
    def from_pretrained(cls, pretrained_model_name_or_path: str | os.PathLike[str], **options: Any) -> Self:
        """The converted model that stands for a path or a hub name; it must answer its canary first.

        What is loaded stays loaded: the next call for the same folder shares the weights.

        :param options: ``num_labels``, ``id2label``, ``label2id``, or a ``config`` that holds them.
        :raises ModelFolderError: the folder holds another family, or was converted for another use.
        :raises RuntimeError: another number of labels than the model was trained with.
        """
        folder = folder_of(pretrained_model_name_or_path)
        network = cls._opened(folder)
        family = cls._family(network)
        if cls.FAMILY not in (None, family):
            raise ModelFolderError(f"{folder} holds a model of the family {family}, and {cls.__name__} is {cls.FAMILY}")
        labels = labels_asked(options, network.manifest.config)
        check_options(options, set())
        return cls(network, **labels)

    @classmethod
    @abc.abstractmethod
    def _opened(cls, folder: Path) -> Any:
        """The network of a folder that was converted for this use.

        :raises ModelFolderError: it was converted for another.
        """

    @staticmethod
    @abc.abstractmethod
    def _family(network: Any) -> str | None:
        """What `FAMILY` is compared with."""
