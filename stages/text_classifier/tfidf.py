"""The baseline: TF-IDF of words, pairs of words and parts of words, and logistic regression.

scikit-learn fits it. The strength of the regularization and the weights of the emotions are those with the lowest
cross-entropy on the val split, and a temperature calibrates the probabilities, as the network's. Arrays and terms are
saved, not a pickle; a loaded baseline predicts the same probabilities as the fitted one.
"""

from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from safetensors.numpy import load_file, save_file
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from stages.common.emotions import ARTEMIS
from stages.common.errors import UserError
from stages.common.files import read_json, write_json, write_with
from stages.learning.no_model import save_no_weights
from stages.learning.predictions import calibrated, cross_entropy, fit_temperature, one_hot
from stages.text_classifier.interface import Tokens
from stages.text_classifier.tfidf_features import Features

# Files in the folder of the classifier.
WEIGHTS, CONFIG = "tfidf.safetensors", "tfidf.json"
MAX_ITERATIONS = 1000
# What is tried: scikit-learn's inverse strength C, with emotions counted as often as they occur, or all alike.
STRENGTHS, WEIGHTINGS = (1.0, 3.0, 10.0), (None, "balanced")
# At most so many utterances, drawn at random, are learned from in a trial.
TRIED = 40_000


class Choice(NamedTuple):
    """The settings of a regression and the temperature of its probabilities."""

    strength: float
    weighting: str | None
    temperature: float


class TfidfClassifier:
    """Features and a fitted regression; `predict_tokens` as of `TextClassifier`."""

    def __init__(
        self,
        features: Features,
        regression: LogisticRegression,
        choice: Choice,
        emotions: Sequence[str] = ARTEMIS.names,
    ) -> None:
        self.features, self.regression, self.choice, self.emotions = features, regression, choice, tuple(emotions)

    def predict_tokens(self, tokens: Tokens) -> np.ndarray:
        """Probabilities of `emotions`, float32 (N, C); an emotion without training utterances has 0."""
        probabilities = np.zeros((len(tokens), len(self.emotions)), np.float32)
        if len(tokens):
            logits = self.regression.predict_log_proba(self.features(tokens))
            probabilities[:, self.regression.classes_] = calibrated(logits, self.choice.temperature)
        return probabilities


def require_several(labels: np.ndarray) -> None:
    """Check the labels to learn from, (N,).

    Raises:
        UserError: all are the same.
    """
    if len(np.unique(labels)) < 2:
        raise UserError(
            "data/utterances/deep_nets/utterances.parquet: all training utterances have the same emotion, but a "
            "classifier needs at least two; add annotations of other emotions"
        )


def fit(
    tokens: Tokens, labels: np.ndarray, emotions: Sequence[str], *, val_tokens: Tokens, val_labels: np.ndarray
) -> TfidfClassifier:
    """Fit features and regression on tokenized utterances and ids (N,) of `emotions`, choosing on those of val.

    Raises:
        UserError: as in `require_several`.
    """
    require_several(labels)
    features = Features.of(tokens)
    train, val = features(tokens), features(val_tokens)
    drawn = np.random.default_rng(0).permutation(len(labels))[:TRIED]
    # Each emotion that is learned is tried, too.
    tried = np.union1d(drawn, np.unique(labels, return_index=True)[1])
    trials = {settings: _fitted(train[tried], labels[tried], *settings) for settings in product(STRENGTHS, WEIGHTINGS)}
    losses = {settings: _calibration(regression, val, val_labels)[1] for settings, regression in trials.items()}
    chosen = min(losses, key=lambda settings: losses[settings])
    regression = trials[chosen] if len(tried) == len(labels) else _fitted(train, labels, *chosen)
    temperature, _ = _calibration(regression, val, val_labels)
    return TfidfClassifier(features, regression, Choice(*chosen, temperature), emotions)


def _fitted(features: csr_matrix, labels: np.ndarray, strength: float, weighting: str | None) -> LogisticRegression:
    return LogisticRegression(C=strength, class_weight=weighting, max_iter=MAX_ITERATIONS).fit(features, labels)


def _calibration(regression: LogisticRegression, features: csr_matrix, labels: np.ndarray) -> tuple[float, float]:
    """The best temperature on rows with labels (N,), and the cross-entropy at it; of emotions that it knows."""
    known = np.flatnonzero(np.isin(labels, regression.classes_))
    if not len(known):
        return 1.0, 0.0
    logits = regression.predict_log_proba(features[known])
    targets = one_hot(np.searchsorted(regression.classes_, labels[known]), len(regression.classes_))
    temperature = fit_temperature(logits, targets)
    return temperature, cross_entropy(logits / temperature, targets)


def save(classifier: TfidfClassifier, folder: Path) -> None:
    """Write tfidf.safetensors (idf, coef, intercept) and tfidf.json (terms and parts by column, emotions by row)."""
    features, regression = classifier.features, classifier.regression
    arrays = {"idf": features.idf, "coef": regression.coef_, "intercept": regression.intercept_}
    # safetensors writes an array's memory as it is, and scikit-learn's may be column-major.
    arrays = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    write_with(lambda beside: save_file(arrays, beside), folder / WEIGHTS)
    emotions = [classifier.emotions[label] for label in regression.classes_]
    terms = {"terms": features.terms, "parts": features.parts}
    write_json({"emotions": emotions, **classifier.choice._asdict(), **terms}, folder / CONFIG)


def save_none(folder: Path) -> None:
    """Write the same files without a baseline."""
    save_no_weights(folder / WEIGHTS)
    write_json({"emotions": [], "terms": [], "parts": []}, folder / CONFIG)


def load(folder: Path, labels: Sequence[str]) -> TfidfClassifier:
    """The baseline that `save` wrote, for all the emotions of a data set: it may know fewer.

    Raises:
        UserError: a file of it is missing.
    """
    if missing := next((name for name in (WEIGHTS, CONFIG) if not (folder / name).exists()), None):
        raise UserError(
            f"{folder / missing}: not there, but the classifier beside it is mixed with this baseline; copy it, too, "
            "or `dvc checkout` brings it back"
        )
    arrays, config = load_file(folder / WEIGHTS), read_json(folder / CONFIG)
    choice = Choice(*(config[name] for name in Choice._fields))
    regression = LogisticRegression()
    regression.classes_ = np.array([labels.index(emotion) for emotion in config["emotions"]])
    regression.coef_, regression.intercept_ = arrays["coef"], arrays["intercept"]
    return TfidfClassifier(Features(config["terms"], config["parts"], arrays["idf"]), regression, choice, labels)


def summary(classifier: TfidfClassifier) -> dict[str, Any]:
    """The settings that were chosen, for the metrics."""
    choice = classifier.choice
    return {"C": choice.strength, "balanced": choice.weighting is not None, "temperature": choice.temperature}
