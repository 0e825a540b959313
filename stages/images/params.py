"""What the images stage reads of params.yaml."""

from typing import Literal

from pydantic import Field

from stages.common.params import Section, View

Fit = Literal["squash", "crop", "pad"]


class Images(Section):
    """Where the pictures are and how they become squares."""

    root: str = Field(min_length=1)
    size: int = Field(ge=16, le=1024)
    fit: Fit


class Params(View):
    """Top-level keys that this stage reads."""

    dataset: str
    images: Images
