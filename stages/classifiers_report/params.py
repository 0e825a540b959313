"""What the classifiers_report stage reads of params.yaml."""

from stages.common.params import View


class Params(View):
    """Top-level keys that this stage reads."""

    sharing: bool
