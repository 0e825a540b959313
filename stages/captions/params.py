"""Parameters of the captions stage."""

from typing import Literal

from pydantic import Field

from stages.common.params import Device, Section, Seed, View


class Sampling(Section):
    """A decoding rule and its settings."""

    rule: Literal["greedy", "beam", "consensus", "multinomial", "top_k", "top_p"]
    beam_size: int = Field(ge=1)
    top_k: int = Field(ge=1)
    top_p: float = Field(gt=0, le=1)
    temperature: float = Field(gt=0)
    max_length: int = Field(ge=1)
    length_normalization: float = Field(ge=0)
    guidance: float = Field(ge=0)


class Captions(Sampling):
    """The split to caption, the decoding rule and the emotion of a grounded speaker."""

    split: Literal["train", "val", "test", "rest"]
    configs: str = Field(min_length=1)
    matmul_precision: Literal["highest", "high", "medium"]
    emotion_from: Literal["image_classifier", "dataset", "all", "none"]
    seed: Seed


class Params(View):
    """Top-level keys that this stage reads."""

    device: Device
    captions: Captions
