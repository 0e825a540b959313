"""Params of the stage wording."""

from typing import Literal

from stages.common.params import View


class Utterances(View):
    """The text rules, which also clean the captions of other data sets."""

    rules: Literal["clean", "artemis"]


class Params(View):
    """The top-level keys that the stage reads."""

    utterances: Utterances
