"""Params of the stage features."""

from pydantic import Field

from stages.common.params import Device, Pooling, Section, View


class Features(Section):
    """The frozen backbone that computes the features."""

    backbone: str = Field(min_length=1)
    weights: str = Field(min_length=1)
    pooling: Pooling
    places: bool


class Params(View):
    """The top-level keys that the stage reads."""

    device: Device
    features: Features
