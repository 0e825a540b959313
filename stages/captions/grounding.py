"""From which emotions a grounded speaker speaks about each picture of a split, and who says so."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import torch

from stages.captions.params import Captions
from stages.histograms.tables import load_histograms
from stages.image_classifier import classifier
from stages.images.packed import KEY

# Where an emotion came from, by captions.emotion_from: that all were wanted, a person said.
SOURCES = {"image_classifier": "image_classifier", "dataset": "dataset", "all": "person"}
# From artworks (art_style, painting) and their pixels to the ids of emotions, (N, E).
Emotions = Callable[[pd.DataFrame, np.ndarray], np.ndarray]


def emotions_by(dials: Captions, device: torch.device) -> Emotions:
    """The emotion, or all nine, that each picture is spoken about from; the likeliest for it first."""
    if dials.emotion_from == "dataset":
        counts = load_histograms().set_index(KEY)["counts"]
        return lambda artworks, _: np.stack([counts[one] for one in _keys(artworks)]).argmax(1)[:, None]
    predictor = classifier.load(device=device)
    count = None if dials.emotion_from == "all" else 1
    return lambda _, pixels: ranked(predictor.predict(pixels))[:, :count]


def ranked(probabilities: np.ndarray) -> np.ndarray:
    """The ids of the emotions of each picture, the likeliest first: (N, 9) -> (N, 9)."""
    return np.argsort(-probabilities, axis=1, kind="stable")


def _keys(artworks: pd.DataFrame) -> list[tuple[str, str]]:
    return list(artworks[KEY].itertuples(index=False, name=None))
