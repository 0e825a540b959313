"""The page that links the reports, in their look."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from stages.classifiers import page as classifiers_page
from stages.common.pages.card import card
from stages.common.pages.markup import environment, side_by_side, table
from stages.dataset import drawing
from stages.dataset import page as dataset_page
from stages.emotions import page as emotions_page
from stages.language import page as language_page
from stages.metrics.joint import HEADLINE, joint
from stages.metrics.pairing import ARTWORK
from stages.reference import page as reference_page
from stages.reports.corpus import sizes
from stages.reports.pages import PAGES
from stages.reports.training import TRAINED, headline

TEMPLATES = Path(__file__).with_name("template")
# In the order in which a newcomer may want to read them.
REPORTS = (
    *PAGES.values(),
    dataset_page.PAGE,
    emotions_page.PAGE,
    language_page.PAGE,
    classifiers_page.PAGE,
    reference_page.PAGE,
)


def overview(
    *,
    annotations: pd.DataFrame,
    utterances: pd.DataFrame,
    words: int,
    metrics: Mapping[str, Mapping[str, Any]],
    dataset: Mapping[str, Any],
    figures: Mapping[str, Any],
    params: str,
) -> str:
    """The whole page.

    Args:
        annotations: the utterances of the profile `analysis`: all that could be read.
        utterances: those of `deep_nets`, which the networks learn from.
        words: size of their vocabulary, the special words included.
        metrics: the numbers of each system, by its name.
        dataset: the card of the data set.
        figures: those of the page `dataset`.
        params: the text of params.yaml, shown as it is.
    """
    artworks = len(annotations.drop_duplicates(ARTWORK))
    return (
        environment(TEMPLATES)
        .get_template("overview.html.j2")
        .render(
            summary=f"{len(annotations):,} annotations of {artworks:,} artworks; the networks know {words:,} words.",
            reports=[(page.html.name, page) for page in REPORTS],
            systems=table(joint(metrics, HEADLINE), "Systems and people"),
            models=side_by_side(*(headline(stage) for stage in TRAINED)),
            data=table(sizes(utterances), "What the networks learn from, by split"),
            dataset=card(dataset),
            people=side_by_side(
                table(drawing.feelings(figures), "What people felt"),
                table(drawing.agreement(figures), "How far they agree"),
            ),
            params=params,
        )
    )
