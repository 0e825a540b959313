"""Params of the stage speakers_report."""

from stages.common.params import Seed, View


class Params(View):
    """The top-level keys that the stage reads."""

    sharing: bool
    seed: Seed
