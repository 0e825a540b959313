"""Parameters of the text_classifier stage."""

from typing import Literal

from pydantic import Field

from stages.common.params import Device, Section, Seed, View


class Lstm(Section):
    """The LSTM and its training, for `arch: lstm`."""

    min_count: int = Field(ge=1)
    glove: str = Field(min_length=1)
    embedding: int = Field(ge=1)
    hidden: int = Field(ge=1)
    parts: bool
    bag: bool
    dropout: float = Field(ge=0, lt=1)
    word_dropout: float = Field(ge=0, lt=1)
    label_smoothing: float = Field(ge=0, lt=1)
    learning_rate: float = Field(gt=0, lt=1)
    schedule: Literal["linear", "artemis"]
    batch_size: int = Field(ge=2)
    epochs: int = Field(ge=1)


class Transformer(Section):
    """The pretrained encoder and its fine-tuning, for `arch: transformer`."""

    encoder: str = Field(min_length=1)
    learning_rate: float = Field(gt=0, lt=1)
    batch_size: int = Field(ge=2)
    epochs: int = Field(ge=1)


class TextClassifier(Section):
    """The architecture, and everything that does not depend on it."""

    arch: Literal["lstm", "transformer"]
    lstm: Lstm
    transformer: Transformer
    ensemble: bool
    patience: int = Field(ge=1)
    seed: Seed


class Params(View):
    """Top-level keys that this stage reads."""

    dataset: str
    device: Device
    text_classifier: TextClassifier
