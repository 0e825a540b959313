"""From which emotions a grounded speaker speaks about each picture, and who says so.

What is told of a picture is shares of the nine emotions: all on one for a speaker that
learnt the emotion of each caption's writer, the whole distribution for one that learnt
those of artworks, all zero for no emotion.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
import torch

from stages.captions.params import Captions
from stages.common.emotions import EMOTIONS
from stages.common.errors import UserError
from stages.histograms.majority import shares
from stages.histograms.tables import load_histograms
from stages.image_classifier import classifier
from stages.images.packed import KEY
from stages.speaker.params import Source
from stages.speaker.speaker import Trained

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
