"""The order of the emotion labels means nothing: permuted labels give the same results, permuted.

Of labels that tie, the first counts, as in ArtEmis, so ties are left out. So are networks: their initial weights are
drawn by the place of a label.
"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.common.emotions import Emotions, entropy
from stages.histograms.tables import add_statistics, count_emotions
from stages.image_classifier.classifier import scores
from stages.learning.predictions import confusion
from stages.metrics.emotion import EmotionJudge, alignment
from stages.metrics.interface import Context, Pairings
from stages.text_classifier import tfidf

LABELS = Emotions({"joy": "positive", "trust": "positive", "fear": "negative", "grief": "negative", "surprise": "else"})
WORDS = {"joy": "bright", "trust": "calm", "fear": "storm", "grief": "tears", "surprise": "odd"}
orders = st.permutations(list(LABELS))


def permuted(order: list[str]) -> tuple[Emotions, list[int]]:
    """The labels in another order, and the old id of each."""
    return Emotions({label: LABELS.polarities[label] for label in order}), [LABELS.ids[label] for label in order]


@given(orders, st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(list(LABELS))), min_size=1))
def test_histograms(order: list[str], votes: list[tuple[str, str]]) -> None:
    labels, ids = permuted(order)
    frame = pd.DataFrame(votes, columns=["painting", "emotion"]).assign(art_style="Cubism")
    first, second = (add_statistics(count_emotions(frame, each), each) for each in (LABELS, labels))
    counts = np.stack(first["counts"].tolist())
    assert np.stack(second["counts"].tolist()).tolist() == counts[:, ids].tolist()
    assert second["entropy"].to_numpy() == pytest.approx(entropy(counts))
    # `at_least_half` takes the first of two halves, as ArtEmis does.
    for untied in ("at_least_half_untied", "more_than_half", "largest_untied"):
        assert second[untied].tolist() == first[untied].tolist()


def _baseline(tokens: list[list[str]], emotions: list[str], labels: Emotions) -> tfidf.TfidfClassifier:
    ids = np.array([labels.ids[emotion] for emotion in emotions])
    return tfidf.fit(tokens, ids, labels.names, val_tokens=tokens, val_labels=ids)


@settings(max_examples=5, deadline=None)
@given(orders)
def test_the_baseline(order: list[str]) -> None:
    labels, ids = permuted(order)
    emotions = [label for label in WORDS for _ in range(4)]
    tokens = [[WORDS[emotion], "sea", str(number % 3)] for number, emotion in enumerate(emotions)]
    first, second = (_baseline(tokens, emotions, each).predict_tokens(tokens) for each in (LABELS, labels))
    np.testing.assert_allclose(second, first[:, ids], atol=1e-3)


@given(orders, st.integers(0, 2**32 - 1))
def test_scores_of_predictions(order: list[str], seed: int) -> None:
    labels, ids = permuted(order)
    random = np.random.default_rng(seed)
    counts, probabilities = random.integers(0, 5, (20, 5)) + 1, random.dirichlet(np.ones(5), 20)
    first, second = (
        scores(counts, probabilities, LABELS),
        scores(counts[:, ids], probabilities[:, ids], labels),
    )
    assert second["auc"] == pytest.approx(first["auc"])
    assert second["two_likeliest_disagree"] == first["two_likeliest_disagree"]
    for untied in ("at_least_half_untied", "more_than_half", "largest_untied"):
        assert second[untied] == first[untied]
    actual = random.integers(0, 5, 20)
    places = np.argsort(ids)
    pairs = confusion(actual, probabilities)
    assert confusion(places[actual], probabilities[:, ids]).tolist() == pairs[np.ix_(ids, ids)].tolist()


@given(orders)
def test_alignment(order: list[str]) -> None:
    labels, ids = permuted(order)
    texts = ["a storm", "a bright day", "tears", "calm"]
    votes = np.array([[0, 1, 4, 0, 0], [3, 1, 1, 0, 0], [0, 0, 0, 1, 2], [1, 1, 0, 0, 0]], np.int32)

    def predict(texts: list[list[str]]) -> np.ndarray:
        rows = [[1 + 3 * (WORDS[label] in text) for label in LABELS] for text in texts]
        return np.array(rows) / np.sum(rows, 1, keepdims=True)

    first, second = (
        alignment(EmotionJudge("alignment", judge, each)).prepare(Context([["x"]] * 4, votes=found))(
            Pairings.in_order(texts)
        )
        for judge, each, found in (
            (predict, LABELS, votes),
            (lambda texts: predict(texts)[:, ids], labels, votes[:, ids]),
        )
    )
    for name in ("alignment.at_least_half_untied.hit", "majority.at_least_half_untied", "alignment.cross_entropy.sum"):
        np.testing.assert_allclose(second[name], first[name])
