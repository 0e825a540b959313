"""Scores of each model: tables for the text of its card, and results for its front matter."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from stages.metrics.joint_table import ROWS, joint
from stages.pages.markup import NOTHING, text

# Keys of the metrics files -> names on the cards.
ACCURACIES = {
    "accuracy": "accuracy, nine emotions",
    "ternary": "accuracy, positive, negative or else",
    "binary": "accuracy, positive or negative",
}
TEXT_SCORES = {**ACCURACIES, "cross_entropy": "cross-entropy, nats", "calibration_error": "expected calibration error"}
DEFINITIONS = {
    "more_than_half": "more than half of the votes",
    "at_least_half": "at least half of the votes",
    "largest_untied": "more votes than any other",
}
DISTRIBUTION_SCORES = {
    "kl": "divergence from people's distributions, nats",
    "calibration_error": "expected calibration error",
}
LIKELIHOODS = {
    "nll": "negative log-likelihood, nats a word",
    "nll_swapped": "negative log-likelihood with another artwork's picture, nats a word",
}
# Our names of the metrics of captions -> the hub's.
CAPTION_METRICS = {
    **dict.fromkeys(("bleu_1", "bleu_2", "bleu_3", "bleu_4"), "bleu"),
    "meteor": "meteor",
    "rouge_l": "rouge",
    "cider": "cider",
    "spice": "spice",
}


class Result(NamedTuple):
    """A score in the front matter; `metric` is the hub's name, `name` ours."""

    metric: str
    name: str
    value: float
    split: str = "test"


class Scores(NamedTuple):
    tables: Sequence[pd.DataFrame]
    results: Sequence[Result]


def text_classifier_scores(metrics: Mapping[str, Any]) -> Scores:
    """One table: rows are scores, columns the network and its TF-IDF baseline."""
    test = metrics["test"]
    columns = {"network": test, "TF-IDF baseline": metrics["tfidf"]["test"]}
    cells = {column: [_cell(values.get(key)) for key in TEXT_SCORES] for column, values in columns.items()}
    results = [
        Result("accuracy" if key in ACCURACIES else key, name, test[key])
        for key, name in TEXT_SCORES.items()
        if key in test
    ]
    return Scores([pd.DataFrame(cells, index=list(TEXT_SCORES.values()))], results)


def image_classifier_scores(metrics: Mapping[str, Any]) -> Scores:
    """Two tables: accuracies by definition of an artwork's emotion, and scores of the predicted distributions."""
    test = metrics["test"]
    columns = {"artworks": "artworks", **ACCURACIES}
    rows = {name: [_cell(test[key].get(column)) for column in columns] for key, name in DEFINITIONS.items()}
    accuracies = pd.DataFrame.from_dict(rows, orient="index", columns=list(columns.values()))
    distributions = pd.DataFrame({"value": {name: _cell(test[key]) for key, name in DISTRIBUTION_SCORES.items()}})
    results = [
        Result("accuracy", f"accuracy where an emotion has {name}", test[key]["accuracy"])
        for key, name in DEFINITIONS.items()
        if "accuracy" in test[key]
    ]
    results += [Result(key, name, test[key]) for key, name in DISTRIBUTION_SCORES.items()]
    return Scores([accuracies, distributions], results)


def speaker_scores(metrics: Mapping[str, Any]) -> Scores:
    """Two tables: likelihoods of people's utterances, and the joint table of the speaker and people.

    Besides the speaker's own, `metrics` holds `systems` and `details`, the metrics of
    captions by system, and `split`, the split of the captions.
    """
    test, captions = metrics["test"], metrics["systems"]["captions"]
    likelihoods = pd.DataFrame({"value": {name: _cell(test[key]) for key, name in LIKELIHOODS.items()}})
    results = [Result(key, name, test[key]) for key, name in LIKELIHOODS.items()]
    results += [
        Result(metric, ROWS[key], captions[key], metrics["split"])
        for key, metric in CAPTION_METRICS.items()
        if key in captions
    ]
    return Scores([likelihoods, joint(metrics["systems"], details=metrics["details"])], results)


def _cell(value: float | None) -> str:
    return NOTHING if value is None else text(value)
