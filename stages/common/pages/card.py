"""The card of a data set: what its dataset.yaml says about licence, terms and consent."""

from collections.abc import Mapping
from typing import Any

from stages.common.pages.markup import Fragment, definitions

SAID = ("name", "citation", "licence", "terms", "consent")
SILENT = "dataset.yaml does not say"


def card(dataset: Mapping[str, Any]) -> Fragment:
    """The card as HTML, from the content of data/annotations/dataset.json; what was not said is told so."""
    may = "yes" if dataset["redistribute"] else "no: pages made for sharing leave out its pictures and utterances"
    return definitions({**{name: dataset[name] or SILENT for name in SAID}, "may be passed on": may})
