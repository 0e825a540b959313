"""Params of the stage model_cards: those that the models were trained with."""

from typing import Literal

from stages.common.params import View
from stages.features.params import Features
from stages.image_classifier.params import ImageClassifier
from stages.speaker.params import Speaker
from stages.text_classifier.params import TextClassifier


class Captions(View):
    """The split of the captions, and so of their scores."""

    split: Literal["train", "val", "test", "rest"]


class Params(View):
    """The top-level keys that the stage reads."""

    captions: Captions
    dataset: str
    features: Features
    image_classifier: ImageClassifier
    speaker: Speaker
    text_classifier: TextClassifier
