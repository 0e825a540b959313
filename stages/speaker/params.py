"""Parameters of the speaker stage."""

from typing import Literal

from pydantic import Field

from stages.common.params import Device, Section, Seed, Tune, View
from stages.features.params import Features

# The emotion of a training caption: its annotator's, or the distribution over all annotations of the artwork.
Source = Literal["utterance", "artwork"]


class SatNetwork(Section):
    """The constructor arguments of Show, Attend and Tell."""

    places: int = Field(ge=0)
    embedding: int = Field(ge=1)
    attention: int = Field(ge=1)
    hidden: int = Field(ge=1)
    dropout: float = Field(ge=0, lt=1)
    reference_dropout: bool


class Sat(SatNetwork):
    """Show, Attend and Tell and its training, for `arch: sat`."""

    attention_penalty: float = Field(ge=0)
    learning_rate: float = Field(gt=0, lt=1)
    schedule: Literal["plateau", "cosine"]
    batch_size: int = Field(ge=2)
    epochs: int = Field(ge=1)


class MergeNetwork(Section):
    """The constructor arguments of the merge model."""

    hidden: int = Field(ge=1)


class Merge(MergeNetwork):
    """The merge model and its training, for `arch: merge`."""

    batch_size: int = Field(ge=1)
    epochs: int = Field(ge=1)


class TransformerNetwork(Section):
    """The constructor arguments of the transformer."""

    width: int = Field(ge=2)
    layers: int = Field(ge=1)
    heads: int = Field(ge=1)
    dropout: float = Field(ge=0, lt=1)


class Transformer(TransformerNetwork):
    """The transformer and its training, for `arch: transformer`."""

    label_smoothing: float = Field(ge=0, lt=1)
    learning_rate: float = Field(gt=0, lt=1)
    batch_size: int = Field(ge=2)
    epochs: int = Field(ge=1)


class LanguageModelNetwork(Section):
    """The constructor arguments of the language model that a person chooses."""

    base: str = Field(min_length=1)
    mapper: Literal["linear", "resampler"]
    prefix: int = Field(ge=1)
    tune: Literal["mapper", "lora", "all"]
    rank: int = Field(ge=1)
    dropout: float = Field(ge=0, lt=1)
    emotion: Literal["words", "learned"]


class LanguageModel(LanguageModelNetwork):
    """A pretrained language model and its training, for `arch: language_model`."""

    learning_rate: float = Field(gt=0, lt=1)
    mapper_learning_rate: float = Field(gt=0, lt=1)
    gradient_checkpointing: bool
    accumulate: int = Field(ge=1)
    batch_size: int = Field(ge=2)
    epochs: int = Field(ge=1)


class Speaker(Section):
    """The architecture, its initial weights, and everything that does not depend on the architecture."""

    arch: Literal["sat", "merge", "transformer", "language_model"]
    sat: Sat
    merge: Merge
    transformer: Transformer
    language_model: LanguageModel
    backbone: str = Field(min_length=1)
    weights: str = Field(min_length=1)
    tune: Tune
    frozen_stages: int = Field(ge=0)
    encoder_learning_rate: float = Field(ge=0, lt=1)
    init: str = Field(min_length=1)
    emo_grounding: bool
    emo_from: Source
    emo_dropout: float = Field(ge=0, lt=1)
    steps_per_epoch: int = Field(ge=0)
    patience: int = Field(ge=1)
    seed: Seed


class Params(View):
    """Top-level keys that this stage reads."""

    dataset: str
    device: Device
    features: Features
    speaker: Speaker
