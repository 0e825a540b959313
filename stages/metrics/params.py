"""Params of the stage metrics."""

from typing import Literal

from pydantic import Field, model_validator

from stages.common.language import Utterances, is_english
from stages.common.params import Device, Section, Seed, View


class Metrics(Section):
    """The tokenizer, the optional metrics and the number of shuffles."""

    tokenizer: Literal["whitespace", "ptb"]
    meteor: Literal["python", "java", "none"]
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
    utterances: Utterances

    @model_validator(mode="after")
    def _tokenize_only_english_by_ptb(self) -> "Params":
        if self.metrics.tokenizer == "ptb" and not is_english(self.utterances.rules):
            raise ValueError(
                "metrics.tokenizer is ptb, which is made for English, and utterances.rules is plain; set "
                "metrics.tokenizer to whitespace"
            )
        return self
