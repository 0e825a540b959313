"""The baseline: TF-IDF of words and word pairs, and logistic regression.

scikit-learn fits it. Its arrays and terms are saved, not a pickle; a loaded baseline predicts the same
probabilities as the fitted one.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from stages.common.emotions import ARTEMIS
from stages.common.errors import UserError
from stages.common.files import read_json, write_json, write_with
from stages.learning.no_model import require_model, save_no_weights
from stages.text_classifier.classifier import FOLDER

MAX_ITERATIONS = 1000
# The most frequent words and pairs are kept. Half a million utterances have millions of pairs, most of which occur
# once, and the solver holds some twenty vectors with a number for each term and emotion: gigabytes.
MAX_TERMS = 500_000


class TfidfClassifier:
    """A fitted vectorizer and a fitted regression; `predict_tokens` as of `TextClassifier`."""

    def __init__(
        self, vectorizer: TfidfVectorizer, regression: LogisticRegression, emotions: Sequence[str] = ARTEMIS.names
    ) -> None:
        self.vectorizer, self.regression, self.emotions = vectorizer, regression, tuple(emotions)

    def predict_tokens(self, tokens: Sequence[Sequence[str]]) -> np.ndarray:
        """Probabilities of `emotions`, float32 (N, C); an emotion without training utterances has 0."""
        probabilities = np.zeros((len(tokens), len(self.emotions)), np.float32)
        if len(tokens):
            features = self.vectorizer.transform(map(" ".join, tokens))
            probabilities[:, self.regression.classes_] = self.regression.predict_proba(features)
        return probabilities


def fit(tokens: Sequence[Sequence[str]], labels: np.ndarray, emotions: Sequence[str]) -> TfidfClassifier:
    """Fit vectorizer and regression on tokenized utterances and ids (N,) of `emotions`.

    Raises:
        UserError: all labels are the same.
    """
    if len(np.unique(labels)) < 2:
        raise UserError(
            "data/utterances/deep_nets/utterances.parquet: all training utterances have the same emotion, but a "
            "classifier needs at least two; add annotations of other emotions"
        )
    vectorizer = _vectorizer()
    features = vectorizer.fit_transform(map(" ".join, tokens))
    return TfidfClassifier(vectorizer, LogisticRegression(max_iter=MAX_ITERATIONS).fit(features, labels), emotions)


def save(classifier: TfidfClassifier, folder: Path = FOLDER) -> None:
    """Write tfidf.safetensors (idf, coef, intercept) and tfidf.json (terms by column, emotions by row)."""
    vectorizer, regression = classifier.vectorizer, classifier.regression
    arrays = {"idf": vectorizer.idf_, "coef": regression.coef_, "intercept": regression.intercept_}
    # safetensors writes an array's memory as it is, and scikit-learn's may be column-major.
    arrays = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    write_with(lambda beside: save_file(arrays, beside), folder / "tfidf.safetensors")
    emotions = [classifier.emotions[label] for label in regression.classes_]
    write_json({"emotions": emotions, "terms": vectorizer.get_feature_names_out().tolist()}, folder / "tfidf.json")


def save_none(folder: Path = FOLDER) -> None:
    """Write the same files without a baseline."""
    save_no_weights(folder / "tfidf.safetensors")
    write_json({"emotions": [], "terms": []}, folder / "tfidf.json")


def load(folder: Path = FOLDER) -> TfidfClassifier:
    """The baseline that `save` wrote; all labels are those of the classifier beside it.

    Raises:
        UserError: the folder holds no model.
    """
    beside = read_json(folder / "config.json")
    require_model(beside, folder)
    labels = beside["emotions"]
    arrays, config = load_file(folder / "tfidf.safetensors"), read_json(folder / "tfidf.json")
    vectorizer = _vectorizer(vocabulary={term: column for column, term in enumerate(config["terms"])})
    vectorizer.idf_ = arrays["idf"]
    regression = LogisticRegression(max_iter=MAX_ITERATIONS)
    regression.classes_ = np.array([labels.index(emotion) for emotion in config["emotions"]])
    regression.coef_, regression.intercept_ = arrays["coef"], arrays["intercept"]
    return TfidfClassifier(vectorizer, regression, labels)


def _vectorizer(vocabulary: dict[str, int] | None = None) -> TfidfVectorizer:
    return TfidfVectorizer(
        tokenizer=str.split,
        token_pattern=None,
        lowercase=False,
        ngram_range=(1, 2),
        sublinear_tf=True,
        max_features=MAX_TERMS,
        vocabulary=vocabulary,
    )
