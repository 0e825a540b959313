"""Parameters of the external_captions stage, which has no section of its own."""

from typing import Literal

from stages.common.params import View


class Split(View):
    """The split to caption, from the section `captions`, so that all systems are compared on the same split."""

    split: Literal["train", "val", "test", "rest"]


class Params(View):
    """Top-level keys that this stage reads."""

    dataset: str
    captions: Split
