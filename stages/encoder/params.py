"""Parameters of the encoder stage."""

from stages.common.params import Device, Tune, View
from stages.features.params import Features


class Classifier(View):
    """The part of the image classifier that is trained, from the section `image_classifier`."""

    tune: Tune


class Speaker(View):
    """The speaker's encoder, from the section `speaker`."""

    tune: Tune
    backbone: str
    weights: str


class Params(View):
    """Top-level keys that this stage reads."""

    device: Device
    features: Features
    image_classifier: Classifier
    speaker: Speaker
