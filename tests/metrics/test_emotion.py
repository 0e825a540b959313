"""Emotional alignment and divergence with judges of known output, and the stored results of the ArtEmis code."""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon

from stages.common.emotions import ARTEMIS, DEFINITIONS, Emotions
from stages.metrics.bootstrap import corpus_values, totals
from stages.metrics.emotion import (
    FLOOR,
    EmotionJudge,
    alignment,
    blind,
    divergence,
    jensen_shannon,
    load_judges,
    shares,
    split_half,
)
from stages.metrics.evaluate import Resampling, evaluate
from stages.metrics.interface import NONE, Context, Pairings, Unavailable
from stages.metrics.pairing import Sample, per_picture
from stages.metrics.suite import Suite
from stages.text_classifier import tfidf

REFERENCE_SCORES = Path(__file__).parents[3] / "shared/parity/reference_metrics"
VOTES = st.lists(st.lists(st.integers(0, 6), min_size=9, max_size=9).filter(any), min_size=1, max_size=6)


def votes(*ids: list[int]) -> np.ndarray:
    return np.array([np.bincount(row, minlength=9) for row in ids], np.int32)


def sure(texts: list[list[str]]) -> np.ndarray:
    """Texts are ids of emotions: probability 0.92 for that emotion."""
    return np.array([np.where(np.arange(9) == int(words[0]), 0.92, 0.01) for words in texts])


SURE = EmotionJudge("alignment", sure)


def aligned(context: Context, texts: list[str], judge: EmotionJudge = SURE) -> dict[str, float]:
    metric = alignment(judge)
    pairings = Pairings.in_order(texts)
    columns = per_picture(metric.prepare(context)(pairings), pairings.picture, len(texts))
    return {name: float(value) for name, value in corpus_values(metric.values, totals(columns)).items()}


def test_each_definition_of_a_majority_counts_other_pictures() -> None:
    # More than half for 1; half for 2 and half for 3; the largest for 4, but fewer than half; no votes.
    counts = votes([1, 1, 1, 0], [2, 2, 3, 3], [4, 4, 5, 6, 7], [])
    context = Context([], votes=counts, grounding=np.array([1, NONE, 5, 0]))
    values = aligned(context, ["1", "2", "5", "0"])
    assert values["alignment.at_least_half"] == 1.0
    assert values["alignment.at_least_half_untied"] == 1.0
    assert values["alignment.more_than_half"] == 1.0
    assert values["alignment.largest_untied"] == 1 / 2
    assert values["alignment.asked"] == 1.0
    assert aligned(context, ["1", "3", "4", "1"])["alignment.at_least_half"] == 1 / 2
    likely, unlikely = -math.log(0.92), -math.log(0.01)
    by_picture = [0.75 * likely + 0.25 * unlikely, (likely + unlikely) / 2, 0.2 * likely + 0.8 * unlikely]
    assert values["alignment.cross_entropy"] == pytest.approx(np.mean(by_picture))


def test_without_grounding_asked_is_undefined_and_zero_probability_has_a_finite_entropy() -> None:
    never = EmotionJudge("alignment", lambda texts: np.eye(9)[[0] * len(texts)])
    values = aligned(Context([], votes=votes([1, 1])), ["a sea"], never)
    assert math.isnan(values["alignment.asked"])
    assert values["alignment.cross_entropy"] == pytest.approx(-math.log(FLOOR))


def test_alignment_is_unavailable_without_votes() -> None:
    with pytest.raises(Unavailable):
        alignment(SURE).prepare(Context([["a sea"]]))


def test_text_is_predicted_once() -> None:
    predicted: list[str] = []

    def predict(texts: list[list[str]]) -> np.ndarray:
        predicted.extend(" ".join(words) for words in texts)
        return np.full((len(texts), 9), 1 / 9)

    judge = EmotionJudge("alignment", predict)
    assert judge.probabilities(["a", "b", "a"]).shape == (3, 9)
    judge.probabilities(["b", "c"])
    assert predicted == ["a", "b", "c"]
    assert judge.probabilities([]).shape == (0, 9)


def test_alignment_beside_the_chance_level() -> None:
    ids = [number % 4 for number in range(24)]
    artworks = pd.DataFrame({"art_style": "Realism", "painting": [f"p{n}" for n in range(24)]})
    sample = Sample(artworks, [[str(emotion)] for emotion in ids], [["a", "b"]] * 24, np.array(ids))
    context = Context(sample.references, votes=votes(*([emotion] * 5 for emotion in ids)), grounding=sample.grounding)
    evaluation = evaluate(sample, context, Suite((alignment(SURE),)), Resampling(50, seed=1, resamples=0))
    overall = evaluation.chance["overall"]["alignment.at_least_half"]
    assert overall["right"] == 1.0
    assert overall["shuffled"] == pytest.approx(1 / 4, abs=0.1)
    assert overall["p"] == 1 / 51
    # The caption depends on its emotion alone, so shuffling within the emotion changes nothing.
    within = evaluation.chance["within_emotion"]["alignment.at_least_half"]
    assert (within["margin"], within["p"]) == (0, 1)


@settings(max_examples=30)
@given(VOTES, st.randoms(use_true_random=False))
def test_divergence_equals_that_of_scipy(counts: list[list[int]], generator) -> None:
    first = shares(np.array(counts))
    second = shares(np.array([generator.sample(row, 9) for row in counts]))
    # scipy returns the distance, the root of the divergence; by rounding, it is NaN for some equal distributions.
    expected = np.nan_to_num(jensenshannon(first, second, base=2, axis=1)) ** 2
    assert jensen_shannon(first, second) == pytest.approx(expected, abs=1e-9)


def test_divergence_of_sampled_captions() -> None:
    context = Context([], votes=votes([0, 0, 1, 1], [2, 2, 2], [3, 3]))
    several = divergence([SURE], seed=1)
    columns = several.columns(context, [["0", "1"], ["1", "1", "1"], ["3"]])
    values = corpus_values(several.values, totals(columns))
    # Equal to the votes; nothing in common; one caption is no distribution.
    assert columns["alignment.divergence.sum"].tolist() == [0, 1, 0]
    assert values["alignment.divergence"] == pytest.approx(1 / 2)
    # The prior of either picture comes from the others: no emotion is common to two.
    assert values["divergence.prior"] == values["divergence.blind"] == pytest.approx(1.0)
    # All votes of the second picture agree; the first one's halves are {0, 1} twice, or {0, 0} and {1, 1}.
    assert columns["divergence.split_half.sum"][1] == 0
    assert 0 < columns["divergence.split_half.sum"][0] < 1


def test_blind_divergence_approaches_that_of_the_prior_with_many_captions() -> None:
    people, prior = shares(votes([0, 0, 1, 1, 2])), shares(votes([0, 1, 2, 3, 3]))
    few, many = (blind(np.array([captions]), prior, people, seed=1)[0] for captions in (3, 100_000))
    assert many == pytest.approx(jensen_shannon(prior, people)[0], abs=0.01)
    assert few > many + 0.1
    # A single picture has no others to draw from.
    assert blind(np.array([3]), np.zeros((1, 9)), people, seed=1).shape == (1,)


def test_divergence_between_halves_depends_on_the_seed_and_falls_with_more_votes() -> None:
    few, many = votes([0, 0, 1, 1, 2, 3]), 40 * votes([0, 0, 1, 1, 2, 3])
    assert split_half(few, seed=2) == split_half(few, seed=2)
    assert 0 < split_half(many, seed=2)[0] < 0.1 < split_half(few, seed=2)[0]


def test_loaded_judges_split_texts_into_tokens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    labels = np.array([ARTEMIS.ids["sadness"], ARTEMIS.ids["awe"]] * 3)
    tokens = [["so", "sad"], ["great", "awe"]] * 3

    class Network:
        emotions = ARTEMIS.names
        baseline = tfidf.fit(tokens, labels, ARTEMIS.names, val_tokens=tokens, val_labels=labels)

        def predict_tokens(self, tokens: list[list[str]]) -> np.ndarray:
            return np.full((len(tokens), 9), 1 / 9, np.float32)

    monkeypatch.setattr("stages.text_classifier.classifier.load", lambda folder, device: Network())
    network, baseline_judge = load_judges(ARTEMIS, tmp_path)
    assert (network.name, baseline_judge.name) == ("alignment", "alignment_tfidf")
    predicted = baseline_judge.probabilities(["so sad", "awe"]).argmax(1)
    assert [ARTEMIS.names[emotion] for emotion in predicted] == ["sadness", "awe"]
    assert load_judges(Emotions({}), tmp_path) == ()
    assert network.probabilities(["awe"]) == pytest.approx(np.full((1, 9), 1 / 9))


@pytest.mark.skipif(not REFERENCE_SCORES.is_dir(), reason="the stored scores of the ArtEmis code are not in shared/")
def test_results_equal_those_of_the_artemis_code() -> None:
    stored = json.loads((REFERENCE_SCORES / "emotion_alignment.json").read_text())
    sample = json.loads((REFERENCE_SCORES / "metric_sample.json").read_text())
    words = json.loads((REFERENCE_SCORES / "vocabulary.json").read_text())
    weights = np.load(REFERENCE_SCORES / "emotion_alignment_weights.npy").astype(float)

    def bag_of_words(texts: list[list[str]]) -> np.ndarray:
        ids = [[1, *(words.get(word, words["<unk>"]) for word in text), 2] for text in texts]
        scores = np.exp([weights[row].sum(0) for row in ids])
        return scores / scores.sum(1, keepdims=True)

    context = Context([], votes=votes(*sample["emotions"]))
    values = aligned(context, sample["hypothesis"], EmotionJudge("alignment", bag_of_words))
    assert values["alignment.at_least_half_untied"] == pytest.approx(stored["accuracy"], abs=1e-12)
    assert values["alignment.cross_entropy"] == pytest.approx(stored["x_entropy"], abs=1e-6)


@pytest.mark.skipif(not REFERENCE_SCORES.is_dir(), reason="the stored scores of the ArtEmis code are not in shared/")
@pytest.mark.parametrize(
    ("rule", "definition"),
    [("unique_maximizer", "largest_untied"), ("dominant_maximizer", "at_least_half_untied")],
)
def test_majorities_equal_those_of_the_artemis_code(rule: str, definition: str) -> None:
    stored = json.loads((REFERENCE_SCORES / "emotion_alignment.json").read_text())
    counts = votes(*stored["lists"])
    assert shares(counts) == pytest.approx(np.array(stored["distribution"]), abs=1e-6)
    expected = [emotion if qualifies else NONE for qualifies, emotion in stored[rule]]
    assert DEFINITIONS[definition](counts).tolist() == expected
