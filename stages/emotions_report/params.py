"""Params of the stage emotions_report."""

from stages.common.params import View


class Params(View):
    """The top-level keys that the stage reads."""

    sharing: bool
