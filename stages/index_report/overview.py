"""The front page, which links all others."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from stages.classifiers_report import page as classifiers_page
from stages.dataset_report import drawing
from stages.dataset_report import page as dataset_page
from stages.emotions_report import page as emotions_page
from stages.language_report import page as language_page
from stages.metrics.joint_table import HEADLINE, joint
from stages.metrics.pairing import ARTWORK
from stages.pages.markup import card, environment, side_by_side, table
from stages.pages.training import numbers
from stages.reference_report import page as reference_page
from stages.speakers_report import page as speakers_page

SPLITS = ("train", "val", "test", "rest")


def sizes(utterances: pd.DataFrame) -> pd.DataFrame:
    """One row for each split that occurs and one for all: artworks, utterances, both per artwork, mean tokens."""
    parts = {split: utterances[utterances["split"] == split] for split in SPLITS}
    parts = {name: part for name, part in parts.items() if len(part)} | {"all": utterances}
    return pd.DataFrame.from_dict({name: _size(part) for name, part in parts.items()}, orient="index")


def _size(part: pd.DataFrame) -> dict[str, int | float]:
    artworks = len(part.drop_duplicates(ARTWORK))
    return {
        "artworks": artworks,
        "utterances": len(part),
        "per artwork": len(part) / artworks,
        "mean tokens": float(part["tokens_len"].mean()),
    }


TEMPLATES = Path(__file__).with_name("template")
# In the order in which a newcomer may want to read them.
REPORTS = tuple(
    module.PAGE
    for module in (speakers_page, classifiers_page, dataset_page, emotions_page, language_page, reference_page)
)
# The stages that train, each with the numbers that one looks at first.
TRAINED = {
    "text_classifier": ("test.accuracy", "tfidf.test.accuracy", "test.cross_entropy", "test.calibration_error"),
    "image_classifier": ("test.artworks", "test.kl", "test.more_than_half.artworks", "test.more_than_half.accuracy"),
    "speaker": ("test.nll", "test.nll_swapped"),
}


def overview(
    *,
    annotations: pd.DataFrame,
    utterances: pd.DataFrame,
    words: int,
    metrics: Mapping[str, Mapping[str, Any]],
    dataset: Mapping[str, Any],
    figures: Mapping[str, Any],
    sharing: bool,
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
        sharing: whether the pages are made for handing on.
        params: the text of params.yaml, shown as it is.
    """
    artworks = len(annotations.drop_duplicates(ARTWORK))
    return (
        environment(TEMPLATES)
        .get_template("overview.html.j2")
        .render(
            summary=f"{len(annotations):,} annotations of {artworks:,} artworks; the networks know {words:,} words.",
            name=dataset["name"],
            licence=dataset["licence"],
            may_be_shared=dataset["redistribute"],
            sharing=sharing,
            reports=[(page.html.name, page) for page in REPORTS],
            systems=table(joint(metrics, HEADLINE), "Systems and people"),
            cards=[(stage.replace("_", " "), f"model_cards/{stage}.md") for stage in TRAINED],
            models=side_by_side(*(numbers(stage, names) for stage, names in TRAINED.items())),
            data=table(sizes(utterances), "What the networks learn from, by split"),
            dataset=card(dataset),
            people=side_by_side(
                table(drawing.feelings(figures), "What people felt"),
                table(drawing.agreement(figures), "How far they agree"),
            ),
            params=params,
        )
    )
