"""What `metrics` reads of `params.yaml`."""

from typing import Literal

from pydantic import Field

from stages.common.params import Section, View


class Metrics(Section):
    tokenizer: Literal["whitespace", "ptb"]
    meteor: bool
    spice: str
    shuffles: int = Field(ge=1)
    meteor_shuffles: int = Field(ge=0)
    bootstrap: int = Field(ge=1)
    seed: int = Field(ge=0, lt=2**32)


class Captions(View):
    """The split that the captions are of: the humans are scored on the same one."""

    split: Literal["train", "val", "test", "rest"]


class Params(View):
    captions: Captions
    device: Literal["auto", "cpu", "cuda"]
    metrics: Metrics
