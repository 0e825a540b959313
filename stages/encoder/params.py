"""Parameters of the encoder stage."""

from typing import Literal

from stages.common.params import Device, View
from stages.features.params import Features


class Classifier(View):
    """The part of the image classifier that is trained, from the section `image_classifier`."""

    tune: Literal["head", "last_block", "all"]


class Speaker(View):
    """The speaker's architecture and encoder, from the section `speaker`."""

    arch: str
    backbone: str
    weights: str


class Params(View):
    """Top-level keys that this stage reads."""

    device: Device
    features: Features
    image_classifier: Classifier
    speaker: Speaker
