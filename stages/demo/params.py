"""Params of the stage demo."""

from pydantic import Field

from stages.common.params import Section, Seed, View


class Demo(Section):
    """Size of the embedded corpus."""

    # With fewer, a split may have no pictures.
    pictures: int = Field(ge=16)


class Params(View):
    """The top-level keys that the stage reads."""

    seed: Seed
    demo: Demo
