"""What each model scored: tables for people, and the figures that the front matter names."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from stages.metrics.joint_table import ROWS, joint
from stages.pages.markup import NOTHING, text

ACCURACIES = {
    "accuracy": "accuracy, nine emotions",
    "ternary": "accuracy, positive, negative or else",
    "binary": "accuracy, positive or negative",
}
TEXT = {**ACCURACIES, "cross_entropy": "cross-entropy, nats", "calibration_error": "expected calibration error"}
MAJORITIES = {
    "more_than_half": "more than half of the votes",
    "at_least_half": "at least half of the votes",
    "largest_untied": "more votes than any other",
}
DISTRIBUTIONS = {
    "kl": "divergence from people's distributions, nats",
    "calibration_error": "expected calibration error",
}
LIKELIHOODS = {
    "nll": "negative log-likelihood, nats a word",
    "nll_swapped": "negative log-likelihood with another artwork's picture, nats a word",
}
# By the Hugging Face hub's names of metrics.
CAPTIONS = {
    **dict.fromkeys(("bleu_1", "bleu_2", "bleu_3", "bleu_4"), "bleu"),
    "meteor": "meteor",
    "rouge_l": "rouge",
    "cider": "cider",
    "spice": "spice",
}


class Figure(NamedTuple):
    metric: str
    name: str
    value: float
    split: str = "test"


class Scores(NamedTuple):
    tables: Sequence[pd.DataFrame]
    figures: Sequence[Figure]


def of_text(metrics: Mapping[str, Any]) -> Scores:
    """Of what the text classifier's stage measured."""
    test = metrics["test"]
    sources = {"network": test, "TF-IDF baseline": metrics["tfidf"]["test"]}
    columns = {head: [_cell(one.get(name)) for name in TEXT] for head, one in sources.items()}
    figures = [Figure(_metric(name), words, test[name]) for name, words in TEXT.items() if name in test]
    return Scores([pd.DataFrame(columns, index=list(TEXT.values()))], figures)


def of_image(metrics: Mapping[str, Any]) -> Scores:
    """Of what the image classifier's stage measured."""
    test = metrics["test"]
    heads = {"artworks": "artworks", **ACCURACIES}
    rows = {words: [_cell(test[name].get(head)) for head in heads] for name, words in MAJORITIES.items()}
    right = pd.DataFrame.from_dict(rows, orient="index", columns=list(heads.values()))
    whole = pd.DataFrame({"value": {words: _cell(test[name]) for name, words in DISTRIBUTIONS.items()}})
    figures = [
        Figure("accuracy", f"accuracy where an emotion has {words}", test[name]["accuracy"])
        for name, words in MAJORITIES.items()
        if "accuracy" in test[name]
    ]
    return Scores([right, whole], figures + [Figure(name, words, test[name]) for name, words in DISTRIBUTIONS.items()])


def of_speaker(metrics: Mapping[str, Any]) -> Scores:
    """Of what the speaker's stage measured, and `metrics` of its captions and of people.

    `systems` and `details` hold the latter by the system's name, `split` says where.
    """
    test, own = metrics["test"], metrics["systems"]["captions"]
    likely = pd.DataFrame({"value": {words: _cell(test[name]) for name, words in LIKELIHOODS.items()}})
    figures = [Figure(name, words, test[name]) for name, words in LIKELIHOODS.items()]
    figures += [Figure(kind, ROWS[name], own[name], metrics["split"]) for name, kind in CAPTIONS.items() if name in own]
    return Scores([likely, joint(metrics["systems"], details=metrics["details"])], figures)


def _metric(name: str) -> str:
    return "accuracy" if name in ACCURACIES else name


def _cell(value: float | None) -> str:
    return NOTHING if value is None else text(value)
