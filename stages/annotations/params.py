"""Params of the stage annotations."""

from pydantic import Field

from stages.common.params import Section, Seed, View


class Annotations(Section):
    """The file to ingest, how strictly, and how much of it."""

    file: str = Field(pattern=r"^[\w-][\w.-]*$")
    strict: bool
    require_images: bool
    artworks: int = Field(ge=0)


class Params(View):
    """The top-level keys that the stage reads."""

    dataset: str = Field(pattern=r"^[\w.-]+$")
    seed: Seed
    annotations: Annotations
