"""What the encoder stage reads of params.yaml."""

from typing import Literal

from stages.common.params import Device, View
from stages.features.params import Features


class Classifier(View):
    """How much of the image classifier learns: the image_classifier section's business."""

    tune: Literal["head", "last_block", "all"]


class Wish(View):
    """Who is to be handed an encoder, and which: the speaker section's business."""

    arch: str
    backbone: str
    weights: str


class Params(View):
    """Top-level keys that this stage reads."""

    device: Device
    features: Features
    image_classifier: Classifier
    speaker: Wish
