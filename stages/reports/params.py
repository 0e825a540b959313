"""The section `reports` of params.yaml, which concerns all pages; the front page itself reads nothing of it."""

from stages.common.params import Section, View


class Reports(Section):
    sharing: bool


class Params(View):
    reports: Reports
