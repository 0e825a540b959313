"""A params section, sampling plans and an image classifier for the tests of captions."""

from typing import Any

import torch

from stages.captions.params import Captions
from stages.captions.sampling import SamplingPlan, sampling_plan
from stages.common.emotions import ARTEMIS
from stages.image_classifier import classifier
from stages.learning.backbones import Backbone
from tests.speaker.two_colours import SIZE

RULES = ["beam", "consensus", "greedy", "multinomial", "top_k", "top_p"]
# The section `captions` of a params.yaml.
CAPTIONS: dict[str, Any] = {
    "split": "train",
    "rule": "beam",
    "beam_size": 3,
    "temperature": 1.0,
    "max_length": 5,
    "top_k": 2,
    "top_p": 0.5,
    "length_normalization": 0.0,
    "guidance": 1.0,
    "configs": "none",
    "matmul_precision": "highest",
    "emotion_from": "image_classifier",
    "seed": 1,
}


def plan_of(candidates: int = 1, **changed: Any) -> SamplingPlan:
    """The plan of `CAPTIONS` with some values changed."""
    return sampling_plan(Captions(**{**CAPTIONS, **changed}), candidates)


def save_biased_classifier(emotion: str, by: float = 1e3) -> None:
    """Save, in the working directory, an image classifier that predicts one emotion for every picture."""
    model = classifier.ImageClassifier(Backbone("test_resnet"))
    with torch.no_grad():
        model.head[-1].bias[ARTEMIS.ids[emotion]] = by
    classifier.save(model, SIZE, "squash")
