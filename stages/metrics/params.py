"""Parameters that `metrics` reads from `params.yaml`."""

from typing import Literal

from pydantic import Field

from stages.common.params import Device, Section, Seed, View


class Metrics(Section):
    tokenizer: Literal["whitespace", "ptb"]
    meteor: bool
    spice: str
    shuffles: int = Field(ge=1)


class Captions(View):
    """The captioned split; human utterances are scored on the same one."""

    split: Literal["train", "val", "test", "rest"]


class Params(View):
    captions: Captions
    device: Device
    seed: Seed
    metrics: Metrics
