"""How much of the network learns, and so what it looks at: pixels, or features that are computed already."""

from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd
import torch
from torch import nn

from stages.features import pooled
from stages.features.params import Features
from stages.features.pooling import recognise
from stages.image_classifier.classifier import ImageClassifier, Standardised
from stages.image_classifier.params import ImageClassifier as Dials
from stages.image_classifier.task import counts_of
from stages.image_classifier.words import WithWords, words_said
from stages.images.packed import Packed
from stages.learning import backbones


@dataclass(frozen=True)
class Setting:
    """`learner` is trained on rows of `inputs`, and with it `model`, which it holds or is a part of.

    `augmented`: pictures are to be jittered while it learns. `words` is what a learner with
    words must tell, bool (train, words). `files` are those read besides the stage's usual ones.
    """

    model: ImageClassifier
    learner: nn.Module
    inputs: np.ndarray
    files: list[Path]
    augmented: bool = False
    words: np.ndarray | None = None


def arrange(dials: Dials, features: Features, images: Packed, train: pd.DataFrame, utterances: pd.DataFrame) -> Setting:
    """The network of `dials`, ready to learn from the artworks `train` (whose `row` is that of their pixels)."""
    if dials.tune == "head":
        return _on_features(dials, features, images, train)
    model = ImageClassifier(backbones.create(dials.backbone, dials.weights, dials.size), dials.hidden)
    model.backbone.tune(dials.tune)
    model.backbone.tell_resizing(images.pixels.shape[1])
    _expect(model, train)
    files = backbones.files(dials.weights)
    if dials.words and (words := words_said(utterances, train)).size:
        return Setting(model, WithWords(model, words), images.pixels, files, dials.augment, words)
    return Setting(model, model, images.pixels, files, dials.augment)


def _on_features(dials: Dials, features: Features, images: Packed, train: pd.DataFrame) -> Setting:
    """Only the head learns, from the pooled features, standardised by those of `train`."""
    model = ImageClassifier(backbones.frozen(features.backbone, features.weights, features.pooling), dials.hidden)
    inputs, _ = pooled.load()
    recognise(model.backbone, np.asarray(inputs[:1]), images.pixels)
    cast(Standardised, model.head[0]).fit(inputs[train["row"].to_numpy()])
    _expect(model, train)
    return Setting(model, model.head, inputs, [pooled.FOLDER / "pooled.npy", *backbones.files(features.weights)])


def _expect(model: ImageClassifier, train: pd.DataFrame) -> None:
    """Start from how often each emotion is felt; one that nobody names counts as half a vote."""
    votes = counts_of(train).sum(0).clip(0.5)
    with torch.no_grad():
        cast(nn.Linear, model.head[-1]).bias.copy_(torch.from_numpy(np.log(votes / votes.sum())))
