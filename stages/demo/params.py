"""Parameters of the demo stage."""

from pydantic import Field

from stages.common.params import Section, Seed, View


class Demo(Section):
    """The embedded corpus."""

    # With fewer pictures a split could be empty.
    pictures: int = Field(ge=16)


class Params(View):
    """Top-level keys that this stage reads."""

    seed: Seed
    demo: Demo
