"""What the text_classifier stage reads of params.yaml."""

from typing import Literal

from pydantic import Field

from stages.common.params import Device, Section, Seed, View


class Lstm(Section):
    """The LSTM, where `arch` asks for it, and how it learns."""

    min_count: int = Field(ge=1)
    glove: str = Field(min_length=1)
    embedding: int = Field(ge=1)
    hidden: int = Field(ge=1)
    bag: bool
    dropout: float = Field(ge=0, lt=1)
    word_dropout: float = Field(ge=0, lt=1)
    learning_rate: float = Field(gt=0, lt=1)
    schedule: Literal["linear", "artemis"]
    batch_size: int = Field(ge=2)
    epochs: int = Field(ge=1)


class Transformer(Section):
    """The pretrained encoder, where `arch` asks for it, and how it is fine-tuned."""

    encoder: str = Field(min_length=1)
    learning_rate: float = Field(gt=0, lt=1)
    batch_size: int = Field(ge=2)
    epochs: int = Field(ge=1)


class TextClassifier(Section):
    """Which network learns, and what does not depend on that."""

    arch: Literal["lstm", "transformer"]
    lstm: Lstm
    transformer: Transformer
    patience: int = Field(ge=1)
    seed: Seed


class Params(View):
    """Top-level keys that this stage reads."""

    device: Device
    text_classifier: TextClassifier
