"""What `wording` reads of params.yaml."""

from typing import Literal

from stages.common.params import View


class Utterances(View):
    rules: Literal["clean", "artemis"]


class Params(View):
    # Captions of other data sets are cleaned by the rules of the utterances.
    utterances: Utterances
