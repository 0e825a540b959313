"""What the stage reads of `params.yaml`."""

from pydantic import Field

from stages.common.params import Section, View


class Demo(Section):
    """The embedded corpus."""

    # Fewer leave a split without pictures.
    pictures: int = Field(ge=16)
    size: int = Field(ge=64, le=2048)
    seed: int = Field(ge=0, lt=2**32)


class Params(View):
    """This stage owns its section in whole."""

    demo: Demo
