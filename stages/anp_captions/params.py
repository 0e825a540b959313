"""Parameters of the anp_captions stage."""

from typing import Literal

from pydantic import Field

from stages.common.language import Utterances
from stages.common.params import Device, Section, Seed, View


class AnpCaptions(Section):
    """The neutral captions, the adjective-noun pairs and the tagger."""

    base: str = Field(min_length=1)
    pairs: str = Field(min_length=1)
    tagger: Literal["pattern", "nltk"]


class Split(View):
    """The split to caption, from the section `captions`, so that all systems are compared on the same split."""

    split: Literal["train", "val", "test", "rest"]


class Params(View):
    """Top-level keys that this stage reads."""

    device: Device
    seed: Seed
    captions: Split
    anp_captions: AnpCaptions
    utterances: Utterances
