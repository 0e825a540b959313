"""Params of the stage images."""

from pydantic import Field

from stages.common.params import Fit, Section, View


class Images(Section):
    """The packed square pictures."""

    size: int = Field(ge=16, le=1024)
    fit: Fit


class Params(View):
    """The top-level keys that the stage reads."""

    dataset: str
    images: Images
