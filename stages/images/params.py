"""What the images stage reads of params.yaml."""

from pydantic import Field

from stages.common.params import Fit, Section, View


class Images(Section):
    """How pictures become squares."""

    size: int = Field(ge=16, le=1024)
    fit: Fit


class Params(View):
    """Top-level keys that this stage reads."""

    dataset: str
    images: Images
