"""Params of the stage reference_report."""

from typing import Literal

from stages.common.params import View


class Utterances(View):
    """The text rules: only those of ArtEmis give comparable numbers."""

    rules: Literal["clean", "artemis"]


class Params(View):
    """The top-level keys that the stage reads."""

    utterances: Utterances
