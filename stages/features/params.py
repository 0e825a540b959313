"""What the features stage reads of params.yaml."""

from pydantic import Field

from stages.common.params import Device, Pooling, Section, View


class Features(Section):
    """Which frozen backbone makes the features, and how."""

    backbone: str = Field(min_length=1)
    weights: str = Field(min_length=1)
    pooling: Pooling


class Params(View):
    """Top-level keys that this stage reads."""

    device: Device
    features: Features
