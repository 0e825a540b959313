"""What the text_classifier stage reads of params.yaml."""

from typing import Literal

from pydantic import Field

from stages.common.params import Section, View


class TextClassifier(Section):
    """The network and how long it learns."""

    embedding: int = Field(ge=1)
    hidden: int = Field(ge=1)
    dropout: float = Field(ge=0, lt=1)
    learning_rate: float = Field(gt=0, lt=1)
    batch_size: int = Field(ge=1)
    epochs: int = Field(ge=1)
    patience: int = Field(ge=1)
    seed: int = Field(ge=0, lt=2**32)


class Params(View):
    """Top-level keys that this stage reads."""

    device: Literal["auto", "cpu", "cuda"]
    text_classifier: TextClassifier
