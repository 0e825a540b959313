"""What the features stage reads of params.yaml."""

from typing import Literal

from pydantic import Field

from stages.common.params import Section, View

# What becomes of the places of a picture, where one vector is to stand for all of it.
Pooling = Literal["average", "max"]


class Features(Section):
    """Which frozen backbone makes the features, and how."""

    backbone: str = Field(min_length=1)
    weights: str = Field(min_length=1)
    pooling: Pooling


class Params(View):
    """Top-level keys that this stage reads."""

    device: Literal["auto", "cpu", "cuda"]
    features: Features
