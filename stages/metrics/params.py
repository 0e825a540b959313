"""Params of the stage metrics."""

from typing import Literal

from pydantic import Field

from stages.common.params import Device, Section, Seed, View


class Metrics(Section):
    """The tokenizer, the optional metrics and the number of shuffles."""

    tokenizer: Literal["whitespace", "ptb"]
    meteor: bool
    spice: str
    shuffles: int = Field(ge=1)


class Captions(View):
    """The split of the captions; people's utterances are scored on the same one."""

    split: Literal["train", "val", "test", "rest"]


class Params(View):
    """The top-level keys that the stage reads."""

    captions: Captions
    device: Device
    seed: Seed
    metrics: Metrics
