"""What the anp_captions stage reads of params.yaml."""

from typing import Literal

from pydantic import Field

from stages.common.params import Section, View


class AnpCaptions(Section):
    """Which captions receive adjectives, where those come from and how they are chosen."""

    base: str = Field(min_length=1)
    pairs: str = Field(min_length=1)
    tagger: Literal["pattern", "nltk"]
    rule: Literal["random", "most_frequent"]
    seed: int = Field(ge=0, lt=2**32)


class Captions(View):
    """Which artworks are captioned is said once, for all systems."""

    split: Literal["train", "val", "test", "rest"]


class Params(View):
    """Top-level keys that this stage reads."""

    device: Literal["auto", "cpu", "cuda"]
    captions: Captions
    anp_captions: AnpCaptions
