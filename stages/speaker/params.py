"""What the speaker stage reads of params.yaml."""

from typing import Literal

from pydantic import Field

from stages.common.params import Device, Section, Seed, View

# Whose emotions a grounded speaker is told: each caption's writer's, or all of the artwork's annotations.
Source = Literal["utterance", "artwork"]


class SatNetwork(Section):
    """What must be known to build the same Show, Attend and Tell again."""

    embedding: int = Field(ge=1)
    attention: int = Field(ge=1)
    hidden: int = Field(ge=1)
    dropout: float = Field(ge=0, lt=1)
    reference_dropout: bool


class Sat(SatNetwork):
    """Show, Attend and Tell, where `arch` asks for it, and how it learns."""

    attention_penalty: float = Field(ge=0)
    encoder_learning_rate: float = Field(ge=0, lt=1)
    learning_rate: float = Field(gt=0, lt=1)
    batch_size: int = Field(ge=2)
    epochs: int = Field(ge=1)


class MergeNetwork(Section):
    """What must be known to build the same merge model again."""

    hidden: int = Field(ge=1)


class Merge(MergeNetwork):
    """The merge model, where `arch` asks for it, and how it learns."""

    batch_size: int = Field(ge=1)
    epochs: int = Field(ge=1)


class TransformerNetwork(Section):
    """What must be known to build the same transformer again."""

    width: int = Field(ge=2)
    layers: int = Field(ge=1)
    heads: int = Field(ge=1)
    dropout: float = Field(ge=0, lt=1)


class Transformer(TransformerNetwork):
    """The transformer, where `arch` asks for it, and how it learns."""

    label_smoothing: float = Field(ge=0, lt=1)
    encoder_learning_rate: float = Field(ge=0, lt=1)
    learning_rate: float = Field(gt=0, lt=1)
    batch_size: int = Field(ge=2)
    epochs: int = Field(ge=1)


class Speaker(Section):
    """The architecture, what it starts from, and what does not depend on that."""

    arch: Literal["sat", "merge", "transformer"]
    sat: Sat
    merge: Merge
    transformer: Transformer
    backbone: str = Field(min_length=1)
    weights: str = Field(min_length=1)
    frozen_stages: int = Field(ge=0)
    frozen_statistics: bool
    init: str = Field(min_length=1)
    emo_grounding: bool
    emo_from: Source
    emo_dropout: float = Field(ge=0, lt=1)
    steps_per_epoch: int = Field(ge=0)
    patience: int = Field(ge=1)
    seed: Seed


class Params(View):
    """Top-level keys that this stage reads."""

    device: Device
    speaker: Speaker
