"""Parameters of the neighbor_captions stage."""

from typing import Literal

from pydantic import Field

from stages.common.params import Section, Seed, View


class NeighborCaptions(Section):
    """The distance below which two pictures are the same."""

    same_picture: float = Field(ge=0)


class Split(View):
    """The split to caption, from the section `captions`, so that all systems are compared on the same split."""

    split: Literal["train", "val", "test", "rest"]


class Params(View):
    """Top-level keys that this stage reads."""

    seed: Seed
    captions: Split
    neighbor_captions: NeighborCaptions
