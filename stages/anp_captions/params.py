"""What the anp_captions stage reads of params.yaml."""

from typing import Literal

from pydantic import Field

from stages.common.params import Device, Section, Seed, View


class AnpCaptions(Section):
    """Which captions receive adjectives, where those come from and how they are chosen."""

    base: str = Field(min_length=1)
    pairs: str = Field(min_length=1)
    tagger: Literal["pattern", "nltk"]


class Captions(View):
    """Which artworks are captioned is said once, for all systems."""

    split: Literal["train", "val", "test", "rest"]


class Params(View):
    """Top-level keys that this stage reads."""

    device: Device
    seed: Seed
    captions: Captions
    anp_captions: AnpCaptions
