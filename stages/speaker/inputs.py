"""The speaker's encoder, and what it reads: pixels where the encoder learns, stored features where it does not."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from stages.common.errors import UserError
from stages.common.params import Pooling
from stages.encoder import encoder
from stages.features import store
from stages.images.packed import Packed
from stages.learning import backbones
from stages.learning.backbones import Backbone
from stages.learning.pretrained import Origin
from stages.speaker.params import Params
from stages.speaker.registry import ARCHITECTURES


@dataclass(frozen=True)
class Encoder:
    """A backbone with its initial weights and what is trained on.

    Attributes:
        inputs: of every packed picture its pixels, uint8 (N, S, S, 3), or its features (N, places, C).
        files: what a checkpoint of the training depends on.
    """

    backbone: Backbone
    inputs: np.ndarray
    files: list[Path]


def prepare(params: Params, images: Packed) -> Encoder:
    """The encoder that `speaker.tune`, `speaker.weights` and `speaker.backbone` ask for.

    With `tune: none` it is the frozen backbone of the stage `features`, or that of the image classifier.

    Raises:
        UserError: there are no such weights, or no features by this backbone of these pictures.
    """
    pooling = params.features.pooling if ARCHITECTURES[params.speaker.arch].pooled else None
    return _frozen(params, images, pooling) if params.speaker.tune == "none" else _learning(params, images, pooling)


def _learning(params: Params, images: Packed, pooling: Pooling | None) -> Encoder:
    """A backbone that learns, on pixels."""
    config, weights = params.speaker, params.speaker.weights
    if config.init != "none":  # another speaker brings its own
        weights = "none"
    elif weights == encoder.IMAGE_CLASSIFIER:
        encoder.name()
        weights = str(encoder.WEIGHTS)
    backbone = backbones.create(config.backbone, weights, pooling=pooling)
    if config.init != "none":
        backbone.origin = Origin(config.init)
    return Encoder(backbone, images.pixels, [encoder.WEIGHTS, *backbones.weight_files(weights)])


def _frozen(params: Params, images: Packed, pooling: Pooling | None) -> Encoder:
    """A frozen backbone, on its stored features."""
    config = params.features
    if params.speaker.weights == encoder.IMAGE_CLASSIFIER:
        folder, backbone = encoder.FOLDER, backbones.frozen(encoder.name(), str(encoder.WEIGHTS), pooling)
    else:
        folder, backbone = store.FOLDER, backbones.frozen(config.backbone, config.weights, pooling)
    features = store.load(folder)
    features.check(pixels=images.digest, encoder=backbone.digest(), backbone=backbone.name, pooling=config.pooling)
    if pooling is None and not len(features.places):
        raise UserError(
            f"{folder}: the places of the pictures are not stored, but speaker.arch: {params.speaker.arch} attends to "
            f"them; set features.places to true, or speaker.tune to last_block or all, which reads pixels"
        )
    inputs = features.places if pooling is None else features.pooled[:, None]
    return Encoder(backbone, inputs, [encoder.WEIGHTS, folder / store.INDEX])
