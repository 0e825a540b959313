"""Condition captions on emotions: which emotions a grounded speaker receives, and classifier-free guidance."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from stages.captions.params import Captions
from stages.common.artworks import ARTWORK
from stages.common.emotions import NONE, require_same, shares
from stages.common.errors import UserError
from stages.histograms.tables import load_histograms
from stages.image_classifier import classifier
from stages.speaker.checkpoint import Trained
from stages.speaker.interface import Network, Speaker, State, TeacherForced
from stages.speaker.params import Source

NEEDS_EMOTION = "the speaker needs an emotion; to caption without one, train it with speaker.emo_dropout above 0"
# The column emotion_source of the captions table, by captions.emotion_from; `all` is a person's choice.
SOURCES = {"image_classifier": "image_classifier", "dataset": "dataset", "all": "person", NONE: None}
# From artworks (art_style, painting) and their pixels to the conditions of each, one caption for each: (N, K, E).
Emotions = Callable[[pd.DataFrame, np.ndarray], np.ndarray]


def emotions_from(config: Captions, trained: Trained, device: torch.device) -> Emotions:
    """The emotions that captions.emotion_from names: one condition per image, or each emotion, the likeliest first.

    Raises:
        UserError: it is none, but the speaker needs an emotion.
    """
    if config.emotion_from == NONE:
        if not trained.model.emotion_optional:
            raise UserError(f"params.yaml: captions.emotion_from is none, but {NEEDS_EMOTION}")
        return lambda artworks, _: np.zeros((len(artworks), 1, len(trained.emotions)), np.float32)
    conditions = each_emotion if config.emotion_from == "all" else partial(as_trained, emo_from=trained.emo_from)
    if config.emotion_from == "dataset":
        counts = load_histograms().set_index(ARTWORK)["counts"]
        return lambda artworks, _: conditions(shares(np.stack([counts[key] for key in _keys(artworks)])))
    predictor = classifier.load(device=device)
    require_same(predictor.model.emotions, trained.emotions, f"{classifier.FOLDER}", "the speaker")
    return lambda _, pixels: conditions(predictor.predict(pixels))


def as_trained(probabilities: np.ndarray, emo_from: Source) -> np.ndarray:
    """From emotion probabilities (N, E) to conditions of the kind that the speaker was trained with, (N, 1, E).

    The whole distribution with emo_from: artwork, else the likeliest emotion.
    """
    if emo_from == "artwork":
        return probabilities[:, None].astype(np.float32)
    return each_emotion(probabilities)[:, :1]


def each_emotion(probabilities: np.ndarray) -> np.ndarray:
    """One condition for each emotion, the likeliest of each image first: (N, E) -> (N, E, E)."""
    ids = np.argsort(-probabilities, axis=1, kind="stable")
    return np.eye(probabilities.shape[1], dtype=np.float32)[ids]


def _keys(artworks: pd.DataFrame) -> list[tuple[str, str]]:
    return list(artworks[ARTWORK].itertuples(index=False, name=None))


class Guided:
    """A `Speaker` whose logits extrapolate from those without the emotion to those with it.

    Its state is that of the speaker with its emotion, followed by that of the speaker without, so decoding needs
    no special case. Attention is that with the emotion. The logits are not normalised.
    """

    def __init__(self, speaker: Speaker, guidance: float) -> None:
        self.speaker, self.guidance, self.grounded = speaker, guidance, True

    def encode(self, pixels: Tensor) -> Tensor:
        return self.speaker.encode(pixels)

    def start(self, features: Tensor, emotion: Tensor | None) -> State:
        return self.speaker.start(features, emotion) + self.speaker.start(features, None)

    def step(self, tokens: Tensor, state: State) -> tuple[Tensor, State, Tensor]:
        """As `Speaker.step`; tokens (N,), logits (N, V)."""
        half = len(state) // 2
        with_emotion, first, attention = self.speaker.step(tokens, state[:half])
        without, second, _ = self.speaker.step(tokens, state[half:])
        return self._extrapolated(with_emotion, without), first + second, attention

    def teach(self, features: Tensor, tokens: Tensor, lengths: Tensor, emotion: Tensor | None) -> TeacherForced:
        """As `Speaker.teach`, with the logits of `step`."""
        with_emotion = self.speaker.teach(features, tokens, lengths, emotion)
        without = self.speaker.teach(features, tokens, lengths, None)
        return with_emotion._replace(logits=self._extrapolated(with_emotion.logits, without.logits))

    def _extrapolated(self, with_emotion: Tensor, without: Tensor) -> Tensor:
        """Logits (N, V) in float32."""
        return torch.lerp(without.float().log_softmax(-1), with_emotion.float().log_softmax(-1), self.guidance)


def guided(speaker: Network, guidance: float) -> Speaker:
    """The speaker under guidance; the speaker itself for guidance 1.

    Raises:
        UserError: the speaker is not trained both with and without emotions.
    """
    if guidance == 1:
        return speaker
    if not speaker.emotion_optional:
        raise UserError(
            f"captions.guidance is {guidance:g}, but the speaker is not trained both with and without emotions; "
            "train it with speaker.emo_grounding: true and speaker.emo_dropout above 0, or set guidance to 1"
        )
    return Guided(speaker, guidance)
