"""What `classifiers` reads of params.yaml."""

from stages.common.params import View


class Reports(View):
    sharing: bool


class Params(View):
    reports: Reports
