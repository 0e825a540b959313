"""Parameters that the stage reference_report reads."""

from typing import Literal

from stages.common.params import View


class Utterances(View):
    rules: Literal["clean", "artemis"]


class Params(View):
    utterances: Utterances
