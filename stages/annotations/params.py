"""What the annotations stage reads of params.yaml."""

from pydantic import Field

from stages.common.params import Section, View


class Annotations(Section):
    """How strict the ingestion is."""

    strict: bool


class Params(View):
    """Top-level keys that this stage reads."""

    dataset: str = Field(pattern=r"^[\w.-]+$")
    annotations: Annotations
