"""A loaded encoder-decoder: token ids in, token ids out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from . import manifest as manifests
from .binding import EncoderDecoder
from .errors import CanaryError
from .generation import beams, greedy, sampling
from .generation.request import Request, Streamer
from .generation.settings import Settings, from_model
from .generation.stopping import Stops
from .manifest import Manifest
from .threads import usable
from .tokenization import TextTokenizer

TASK = "text2text-generation"


@dataclass(frozen=True)
class Seq2Seq:
    """The network of one model folder. Safe to use from several threads; one batch is decoded at a time."""

    folder: Path
    manifest: Manifest
    network: EncoderDecoder
    settings: Settings

    @classmethod
    def load(cls, folder: Path, *, threads: int | None = None, verify: bool = True) -> Seq2Seq:
        """Read a converted model from its folder.

        :param threads: for one request; None: what affinity and the container's quota allow.
        :param verify: compare every file with its digest first.
        :raises ModelFolderError: no converted model, a damaged one, or one for another task or runtime.
        """
        manifest = manifests.opened(folder, [TASK], verified=verify)
        return cls(
            folder=folder,
            manifest=manifest,
            network=EncoderDecoder(folder, manifest.graph, threads=threads or usable()),
            settings=from_model(manifest.generation),
        )

    def tokens(
        self,
        input_ids: NDArray[np.int64],
        attention_mask: NDArray[np.int32],
        settings: Settings,
        *,
        tokenizer: TextTokenizer | None = None,
        streamer: Streamer | None = None,
    ) -> NDArray[np.int64]:
        """Generated token ids [rows, length] for token ids and their mask, both [batch, source].

        :param tokenizer: only needed for stop strings.
        :param streamer: hears the tokens of each step as they are made.
        :raises ValueError: no batch, a token outside the vocabulary, more tokens than the model can make, or a
            streamer that would hear a search with beams.
        """
        settings.checked()
        if input_ids.ndim != 2 or input_ids.shape != attention_mask.shape or not input_ids.size:
            raise ValueError(f"input_ids {input_ids.shape} and attention_mask {attention_mask.shape} are no batch")
        if settings.total_length - 1 > self.network.decode_limit:
            raise ValueError(f"this model generates at most {self.network.decode_limit} tokens")
        if int(input_ids.min()) < 0 or int(input_ids.max()) >= self.network.vocabulary:
            raise ValueError(f"a token id is outside the vocabulary of {self.network.vocabulary}")
        if streamer is not None and settings.num_beams > 1:
            raise ValueError("a search with beams cannot be streamed: num_beams is 1 with a streamer")
        if settings.do_sample:
            search = sampling.sequences
        else:
            search = greedy.sequences if settings.num_beams == 1 else beams.sequences
        with self.network.turn:
            request = Request(
                input_ids=np.ascontiguousarray(input_ids, np.int64),
                mask=np.ascontiguousarray(attention_mask, np.int32),
                settings=settings,
                stops=Stops(settings, tokenizer),  # its clock starts now: waiting for others is not generating
                streamer=streamer,
            )
            return search(self.network, request)

    def check_canary(self) -> None:
        """Answer the question that the model was sent off with.

        :raises CanaryError: the answer is not the one given at conversion: damaged weights, or a CPU on which
            this form computes something else.
        """
        asked = np.array([self.manifest.canary["input_ids"]], np.int64)
        expected = list(self.manifest.canary["output_ids"])
        settings = Settings(
            max_new_tokens=max(1, len(expected) - 1),
            decoder_start_token_id=self.settings.decoder_start_token_id,
            eos_token_id=self.settings.eos_token_id,
            pad_token_id=self.settings.pad_token_id,
        )
        got = self.tokens(asked, np.ones(asked.shape, np.int32), settings)[0].tolist()
        if got != expected:
            raise CanaryError(
                f"{self.folder} answers its canary with {got} instead of {expected}: "
                "the folder is damaged, or this CPU needs another form; convert on (or for) this machine"
            )
