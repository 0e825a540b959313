"""Parameters that `model_cards` reads: those that the models were trained with."""

from typing import Literal

from stages.common.params import View
from stages.features.params import Features
from stages.image_classifier.params import ImageClassifier
from stages.speaker.params import Speaker
from stages.text_classifier.params import TextClassifier


class Captions(View):
    """The split that was captioned, and so the one of the speaker's scores."""

    split: Literal["train", "val", "test", "rest"]


class Params(View):
    """Top-level keys that this stage reads."""

    captions: Captions
    dataset: str
    features: Features
    image_classifier: ImageClassifier
    speaker: Speaker
    text_classifier: TextClassifier
