"""The front page: links to all pages, headline metrics, dataset and parameters."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from stages.common.artworks import ARTWORK
from stages.metrics.joint_table import HEADLINE, joint
from stages.pages.catalogue import Page
from stages.pages.markup import card, environment, percent, side_by_side, table
from stages.pages.training import numbers

TEMPLATES = Path(__file__).with_name("template")
SPLITS = ("train", "val", "test", "rest")
# The stages that train, and their most important metrics.
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
    models: Sequence[str],
    pages: Sequence[Page],
    dataset: Mapping[str, Any],
    figures: Mapping[str, Any],
    sharing: bool,
    params: str,
) -> str:
    """Render the whole page.

    Args:
        annotations: the utterances of the profile `analysis`: all valid annotations.
        utterances: the utterances of the profile `deep_nets`, which the networks are trained on.
        words: size of their vocabulary, including the special tokens.
        metrics: the metrics of each system, by its name.
        models: the stages that have trained a model.
        pages: the pages that are not empty.
        dataset: the content of data/annotations/dataset.json.
        figures: the figures of the page `dataset`.
        sharing: the pages are made for sharing.
        params: the text of params.yaml.
    """
    artworks = len(annotations.drop_duplicates(ARTWORK))
    return (
        environment(TEMPLATES)
        .get_template("overview.html.j2")
        .render(
            summary=f"{len(annotations):,} annotations of {artworks:,} artworks; a vocabulary of {words:,} words.",
            name=dataset["name"],
            licence=dataset["licence"],
            may_be_shared=dataset["redistribute"],
            sharing=sharing,
            reports=[(page.html.name, page) for page in pages],
            systems=table(joint(metrics, HEADLINE), "Metrics of the captions"),
            cards=[(stage.replace("_", " "), f"model_cards/{stage}.md") for stage in models],
            models=side_by_side(*(numbers(stage, TRAINED[stage]) for stage in models)),
            data=side_by_side(
                table(sizes(utterances), "Splits of the training data"),
                *([table(agreement(figures), "Emotions of the annotators")] if "agreement" in figures else []),
            ),
            dataset=card(dataset),
            params=params,
        )
    )


def sizes(utterances: pd.DataFrame) -> pd.DataFrame:
    """Size of each split that occurs, and of all: artworks, utterances, utterances per artwork, mean tokens."""
    parts = {split: utterances[utterances["split"] == split] for split in SPLITS}
    parts = {split: part for split, part in parts.items() if len(part)} | {"all": utterances}
    return pd.DataFrame.from_dict({split: _size(part) for split, part in parts.items()}, orient="index")


def _size(part: pd.DataFrame) -> dict[str, int | float]:
    artworks = len(part.drop_duplicates(ARTWORK))
    return {
        "artworks": artworks,
        "utterances": len(part),
        "per artwork": len(part) / artworks,
        "mean tokens": float(part["tokens_len"].mean()),
    }


def agreement(figures: Mapping[str, Any]) -> pd.DataFrame:
    """Polarities and agreement of the annotators beside their chance level, from the figures of the page `dataset`."""
    measured, chance = figures["agreement"], figures["agreement"]["at_random"]
    rows = {
        **{f"{name} annotations": (percent(share), None) for name, share in figures["polarities"].items()},
        "artworks with positive and negative emotions": (
            percent(figures["mixed_feelings"]["positive_and_negative"]),
            None,
        ),
        "artworks with a dominant emotion": (percent(figures["dominance"]["share"]), percent(chance["dominance"])),
        "pairs of annotators with the same emotion": (percent(measured["pairwise"]), percent(chance["pairwise"])),
        "alpha, all emotions": (measured["alpha"], 0),
        "alpha, positive, negative, else": (measured["polarity_alpha"], 0),
    }
    return pd.DataFrame.from_dict(rows, orient="index", columns=["annotators", "chance level"], dtype=object)
