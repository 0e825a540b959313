"""What the annotations stage reads of params.yaml."""

from pydantic import Field

from stages.common.params import Section, View


class Annotations(Section):
    """Which file is ingested, how strictly, and how much of it."""

    file: str = Field(pattern=r"^[\w-][\w.-]*$")
    strict: bool
    require_images: bool
    artworks: int = Field(ge=0)
    seed: int = Field(ge=0, lt=2**32)


class Images(View):
    """Where the pictures should lie."""

    root: str


class Params(View):
    """Top-level keys that this stage reads."""

    dataset: str = Field(pattern=r"^[\w.-]+$")
    annotations: Annotations
    images: Images
