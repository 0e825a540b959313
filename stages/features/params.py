"""What the features stage reads of params.yaml."""

from typing import Literal

from pydantic import Field

from stages.common.params import Section, View


class Features(Section):
    """Which frozen backbone makes the features."""

    backbone: str = Field(min_length=1)
    weights: str = Field(min_length=1)


class Params(View):
    """Top-level keys that this stage reads."""

    device: Literal["auto", "cpu", "cuda"]
    features: Features
