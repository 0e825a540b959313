"""Parameters that the stage emotions_report reads."""

from stages.common.params import View


class Params(View):
    """Top-level keys of params.yaml."""

    sharing: bool
