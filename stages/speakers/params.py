"""What `speakers` reads of params.yaml."""

from pydantic import Field

from stages.common.params import Section, View


class Speakers(Section):
    # Each picture adds some 25 kB to a page that stays below 5 MB.
    gallery: int = Field(ge=1, le=100)
    seed: int = Field(ge=0, lt=2**32)


class Reports(View):
    sharing: bool


class Params(View):
    speakers: Speakers
    reports: Reports
