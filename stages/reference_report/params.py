"""What `reference` reads of params.yaml."""

from typing import Literal

from stages.common.params import View


class Utterances(View):
    rules: Literal["clean", "artemis"]


class Params(View):
    utterances: Utterances
