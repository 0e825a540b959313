"""What is trained, and on which inputs: the head on stored features, or also the backbone, on pixels."""

from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd
import torch
from torch import nn

from stages.features import store
from stages.features.params import Features
from stages.image_classifier import params
from stages.image_classifier.classifier import ImageClassifier, Standardised
from stages.image_classifier.task import HeadWithWords, WithWords, counts_of, word_targets
from stages.images.packed import Packed
from stages.learning import backbones


@dataclass(frozen=True)
class Setup:
    """A network and the inputs that it is trained on.

    Attributes:
        model: the whole classifier, which is saved.
        learner: the module that is trained: `model` or its head, with or without word logits.
        inputs: pixels or features, whose rows the artworks name.
        files: inputs beside the stage's usual ones, which a checkpoint depends on.
        augment: flip and shift pixels in training.
        words: word targets, bool (train, words), for a learner with word logits.
    """

    model: ImageClassifier
    learner: nn.Module
    inputs: np.ndarray
    files: list[Path]
    augment: bool = False
    words: np.ndarray | None = None


def setup(
    config: params.ImageClassifier, features: Features, images: Packed, train: pd.DataFrame, utterances: pd.DataFrame
) -> Setup:
    """The network of `config`, ready to be trained on the artworks `train`, whose `row` is that of their pixels."""
    if config.tune == "none":
        return _on_features(config, features, images, train, utterances)
    model = ImageClassifier(backbones.create(config.backbone, config.weights, config.size), config.hidden)
    model.backbone.tune(config.tune)
    model.backbone.report_resizing(images.pixels.shape[1])
    _set_prior(model, train)
    files = backbones.weight_files(config.weights)
    if config.words and (targets := word_targets(utterances, train)).size:
        return Setup(model, WithWords(model, targets), images.pixels, files, config.augment, targets)
    return Setup(model, model, images.pixels, files, config.augment)


def _on_features(
    config: params.ImageClassifier, features: Features, images: Packed, train: pd.DataFrame, utterances: pd.DataFrame
) -> Setup:
    """Train the head alone, on pooled features standardised by those of `train`."""
    model = ImageClassifier(backbones.frozen(features.backbone, features.weights, features.pooling), config.hidden)
    stored = store.load()
    stored.check(
        pixels=images.digest,
        encoder=model.backbone.digest(),
        backbone=model.backbone.name,
        pooling=features.pooling,
    )
    inputs = stored.pooled
    cast(Standardised, model.head[0]).fit(inputs[train["row"].to_numpy()])
    _set_prior(model, train)
    files = [store.FOLDER / store.INDEX]
    if config.words and config.hidden and (targets := word_targets(utterances, train)).size:
        return Setup(model, HeadWithWords(model.head, targets), inputs, files, words=targets)
    return Setup(model, model.head, inputs, files)


def _set_prior(model: ImageClassifier, train: pd.DataFrame) -> None:
    """Set the output bias to the frequencies of the emotions; an emotion without annotations counts as half one."""
    counts = counts_of(train).sum(0).clip(0.5)  # (9,)
    with torch.no_grad():
        cast(nn.Linear, model.head[-1]).bias.copy_(torch.from_numpy(np.log(counts / counts.sum())))
