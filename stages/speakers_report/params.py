"""Parameters that `speakers_report` reads."""

from stages.common.params import Seed, View


class Params(View):
    """Top-level keys that this stage reads."""

    sharing: bool
    seed: Seed
