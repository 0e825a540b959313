"""What the captions stage reads of params.yaml."""

from typing import Literal

from pydantic import Field

from stages.common.params import Section, View


class Captions(Section):
    """Which pictures are captioned and how words are searched for."""

    split: Literal["train", "val", "test", "rest"]
    rule: Literal["greedy", "beam"]
    beam_size: int = Field(ge=1)
    temperature: float = Field(gt=0)
    max_length: int = Field(ge=1)
    emotion_from: Literal["image_classifier", "dataset"]


class Params(View):
    """Top-level keys that this stage reads."""

    device: Literal["auto", "cpu", "cuda"]
    captions: Captions
