"""What the demo stage reads of `params.yaml`."""

from pydantic import Field

from stages.common.params import Section, Seed, View


class Demo(Section):
    """The embedded corpus."""

    # Fewer leave a split without pictures.
    pictures: int = Field(ge=16)


class Params(View):
    """Top-level keys that this stage reads."""

    seed: Seed
    demo: Demo
