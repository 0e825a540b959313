"""Params of the stage dataset_report."""

from stages.common.language import Utterances
from stages.common.params import View


class Params(View):
    """The top-level keys that the stage reads."""

    utterances: Utterances
