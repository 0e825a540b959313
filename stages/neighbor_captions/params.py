"""What the neighbor_captions stage reads of params.yaml."""

from typing import Literal

from pydantic import Field

from stages.common.params import Section, Seed, View


class NeighborCaptions(Section):
    """When two pictures are the same, and how an utterance is chosen."""

    same_picture: float = Field(ge=0)


class Split(View):
    """Which split is captioned: the captions section's business, so that all systems are compared on one split."""

    split: Literal["train", "val", "test", "rest"]


class Params(View):
    """Top-level keys that this stage reads."""

    seed: Seed
    captions: Split
    neighbor_captions: NeighborCaptions
