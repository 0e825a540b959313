"""Condition captions on emotions: which emotions a grounded speaker receives, and classifier-free guidance."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from stages.captions.params import Captions
from stages.common.emotions import EMOTIONS, shares
from stages.common.errors import UserError
from stages.histograms.tables import load_histograms
from stages.image_classifier import classifier
from stages.images.packed import KEY
from stages.speaker.checkpoint import Trained
from stages.speaker.interface import Network, Speaker, State, Taught
from stages.speaker.params import Source

NONE = "none"
NEEDS_ONE = "the speaker needs an emotion; one that can do without is trained with speaker.emo_dropout above 0"
# Where an emotion came from, by captions.emotion_from: that all were wanted, a person said.
SOURCES = {"image_classifier": "image_classifier", "dataset": "dataset", "all": "person", NONE: None}
# From artworks (art_style, painting) and their pixels to what each is spoken about from, in turn: (N, E, 9).
Emotions = Callable[[pd.DataFrame, np.ndarray], np.ndarray]


def emotions_by(dials: Captions, trained: Trained, device: torch.device) -> Emotions:
    """What a grounded speaker is told of each picture: once, or each emotion by itself, the likeliest first.

    Raises:
        UserError: it is to be told nothing, which it has not learnt.
    """
    if dials.emotion_from == NONE:
        if not trained.model.emotion_optional:
            raise UserError(f"params.yaml: captions.emotion_from is none, but {NEEDS_ONE}")
        return lambda artworks, _: np.zeros((len(artworks), 1, len(EMOTIONS)), np.float32)
    tell = each if dials.emotion_from == "all" else partial(as_learnt, emo_from=trained.emo_from)
    if dials.emotion_from == "dataset":
        counts = load_histograms().set_index(KEY)["counts"]
        return lambda artworks, _: tell(shares(np.stack([counts[one] for one in _keys(artworks)])))
    predictor = classifier.load(device=device)
    return lambda _, pixels: tell(predictor.predict(pixels))


def as_learnt(probabilities: np.ndarray, emo_from: Source) -> np.ndarray:
    """What a speaker is told of pictures with these emotions (N, 9): as it learnt, all or the likeliest; (N, 1, 9)."""
    return probabilities[:, None].astype(np.float32) if emo_from == "artwork" else each(probabilities)[:, :1]


def each(probabilities: np.ndarray) -> np.ndarray:
    """Each emotion by itself, the likeliest of each picture first: (N, 9) -> (N, 9, 9)."""
    ids = np.argsort(-probabilities, axis=1, kind="stable")
    return np.eye(len(EMOTIONS), dtype=np.float32)[ids]


def _keys(artworks: pd.DataFrame) -> list[tuple[str, str]]:
    return list(artworks[KEY].itertuples(index=False, name=None))


class Guided:
    """A `Speaker` whose state is that of the speaker with its emotion, then that of the one without.

    Searching for words needs to know nothing of it. The attention is that of the speaker with
    its emotion. Its logits are no log-probabilities any more, until they are normalised.
    """

    def __init__(self, speaker: Speaker, guidance: float) -> None:
        self.speaker, self.guidance, self.grounded = speaker, guidance, True

    def encode(self, pixels: Tensor) -> Tensor:
        return self.speaker.encode(pixels)

    def start(self, features: Tensor, emotion: Tensor | None) -> State:
        return self.speaker.start(features, emotion) + self.speaker.start(features, None)

    def step(self, tokens: Tensor, state: State) -> tuple[Tensor, State, Tensor]:
        """As `Speaker.step`; `tokens` (N,), logits (N, V)."""
        half = len(state) // 2
        logits, told, attention = self.speaker.step(tokens, state[:half])
        untold_logits, untold, _ = self.speaker.step(tokens, state[half:])
        return self._combined(logits, untold_logits), told + untold, attention

    def teach(self, features: Tensor, tokens: Tensor, lengths: Tensor, emotion: Tensor | None) -> Taught:
        """As `Speaker.teach`, with the logits that `step` finds."""
        told = self.speaker.teach(features, tokens, lengths, emotion)
        untold = self.speaker.teach(features, tokens, lengths, None)
        return told._replace(logits=self._combined(told.logits, untold.logits))

    def _combined(self, told: Tensor, untold: Tensor) -> Tensor:
        """Logits (N, V) from those with and without the emotion, in float32."""
        return torch.lerp(untold.float().log_softmax(-1), told.float().log_softmax(-1), self.guidance)


def guided(speaker: Network, guidance: float) -> Speaker:
    """The speaker under guidance: itself where that is 1.

    Raises:
        UserError: it has not learnt to speak both with an emotion and without.
    """
    if guidance == 1:
        return speaker
    if not speaker.emotion_optional:
        raise UserError(
            f"captions.guidance is {guidance:g}, but the speaker has not learnt to speak both with an emotion and "
            "without; train it with speaker.emo_grounding: true and speaker.emo_dropout above 0, or leave guidance at 1"
        )
    return Guided(speaker, guidance)
