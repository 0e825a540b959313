"""Parameters that `classifiers_report` reads."""

from stages.common.params import View


class Params(View):
    """Top-level keys that this stage reads."""

    sharing: bool
