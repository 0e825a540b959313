"""What the annotations stage reads of params.yaml."""

from pydantic import Field

from stages.common.params import Section, Seed, View


class Annotations(Section):
    """Which file is ingested, how strictly, and how much of it."""

    file: str = Field(pattern=r"^[\w-][\w.-]*$")
    strict: bool
    require_images: bool
    artworks: int = Field(ge=0)


class Params(View):
    """Top-level keys that this stage reads."""

    dataset: str = Field(pattern=r"^[\w.-]+$")
    seed: Seed
    annotations: Annotations
