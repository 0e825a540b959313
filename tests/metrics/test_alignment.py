"""Emotional alignment by judges whose answers are known, and with the stored results of the ArtEmis code."""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon

from stages.common.emotions import DEFINITIONS, EMOTIONS, IDS
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
from stages.metrics.evaluate import Effort, Suite, judge
from stages.metrics.interface import NONE, Context, Trials, Unavailable
from stages.metrics.pairing import Sample, per_picture
from stages.text_classifier import tfidf

REFERENCE_SCORES = Path(__file__).parents[3] / "shared/parity/reference_metrics"
VOTES = st.lists(st.lists(st.integers(0, 6), min_size=9, max_size=9).filter(any), min_size=1, max_size=6)


def votes(*ids: list[int]) -> np.ndarray:
    return np.array([np.bincount(own, minlength=9) for own in ids], np.int32)


def sure(texts: list[list[str]]) -> np.ndarray:
    """A judge that reads the emotion's id, and doubts it a little."""
    return np.array([np.where(np.arange(9) == int(words[0]), 0.92, 0.01) for words in texts])


SURE = EmotionJudge("alignment", sure)


def aligned(context: Context, texts: list[str], by: EmotionJudge = SURE) -> dict[str, float]:
    metric = alignment(by)
    trials = Trials.plain(texts)
    columns = per_picture(metric.prepare(context)(trials), trials.picture, len(texts))
    return {name: float(value) for name, value in corpus_values(metric.values, totals(columns)).items()}


def test_each_majority_has_its_own_pictures() -> None:
    # More than half for 1; half for 2 and half for 3; the largest for 4, but fewer than half; nobody's.
    context = Context([], votes=votes([1, 1, 1, 0], [2, 2, 3, 3], [4, 4, 5, 6, 7], []), asked=np.array([1, NONE, 5, 0]))
    found = aligned(context, ["1", "2", "5", "0"])
    assert found["alignment.at_least_half"] == 1.0
    assert found["alignment.at_least_half_untied"] == 1.0
    assert found["alignment.more_than_half"] == 1.0
    assert found["alignment.largest_untied"] == 1 / 2
    assert found["alignment.asked"] == 1.0
    assert aligned(context, ["1", "3", "4", "1"])["alignment.at_least_half"] == 1 / 2
    likely, unlikely = -math.log(0.92), -math.log(0.01)
    by_picture = [0.75 * likely + 0.25 * unlikely, (likely + unlikely) / 2, 0.2 * likely + 0.8 * unlikely]
    assert found["alignment.cross_entropy"] == pytest.approx(np.mean(by_picture))


def test_a_free_speaker_was_asked_for_nothing_and_an_impossible_emotion_stays_finite() -> None:
    never = EmotionJudge("alignment", lambda texts: np.eye(9)[[0] * len(texts)])
    found = aligned(Context([], votes=votes([1, 1])), ["a sea"], never)
    assert math.isnan(found["alignment.asked"])
    assert found["alignment.cross_entropy"] == pytest.approx(-math.log(FLOOR))


def test_without_votes_there_is_no_alignment() -> None:
    with pytest.raises(Unavailable):
        alignment(SURE).prepare(Context([["a sea"]]))


def test_a_text_is_judged_once() -> None:
    asked: list[str] = []

    def predict(texts: list[list[str]]) -> np.ndarray:
        asked.extend(" ".join(words) for words in texts)
        return np.full((len(texts), 9), 1 / 9)

    by = EmotionJudge("alignment", predict)
    assert by.probabilities(["a", "b", "a"]).shape == (3, 9)
    by.probabilities(["b", "c"])
    assert asked == ["a", "b", "c"]
    assert by.probabilities([]).shape == (0, 9)


def test_how_far_a_judge_can_be_trusted() -> None:
    found = SURE.reliability(["1", "1", "8"], np.array([1, 2, 8]))
    assert found["accuracy"] == pytest.approx(2 / 3)
    assert found["confusion"]["contentment"] == [0, 1, 0, 0, 0, 0, 0, 0, 0]
    assert sum(map(sum, found["confusion"].values())) == 3


def test_alignment_is_held_against_chance() -> None:
    ids = [number % 4 for number in range(24)]
    artworks = pd.DataFrame({"art_style": "Realism", "painting": [f"p{n}" for n in range(24)]})
    sample = Sample(artworks, [[str(own)] for own in ids], [["a", "b"]] * 24, np.array(ids))
    context = Context(sample.references, votes=votes(*([own] * 5 for own in ids)), asked=sample.asked)
    found = judge(sample, context, Suite((alignment(SURE),)), Effort(50, 0, 0, seed=1))
    overall = found.sight["overall"]["alignment.at_least_half"]
    assert overall["right"] == 1.0
    assert overall["shuffled"] == pytest.approx(1 / 4, abs=0.1)
    assert overall["p"] == 1 / 51
    # All that was right was the emotion itself.
    assert found.sight["within_emotion"]["alignment.at_least_half"]["margin"] == 0
    assert found.sight["within_emotion"]["alignment.at_least_half"]["p"] == 1


@settings(max_examples=30)
@given(VOTES, st.randoms(use_true_random=False))
def test_divergence_is_that_of_scipy(counts: list[list[int]], generator) -> None:
    one = shares(np.array(counts))
    other = shares(np.array([generator.sample(row, 9) for row in counts]))
    # scipy gives the distance, the root of the divergence, and rounding may make that of equal ones no number.
    expected = np.nan_to_num(jensenshannon(one, other, base=2, axis=1)) ** 2
    assert jensen_shannon(one, other) == pytest.approx(expected, abs=1e-9)


def test_divergence_of_sampled_captions() -> None:
    context = Context([], votes=votes([0, 0, 1, 1], [2, 2, 2], [3, 3]))
    several = divergence([SURE], seed=1)
    columns = several.columns(context, [["0", "1"], ["1", "1", "1"], ["3"]])
    found = corpus_values(several.values, totals(columns))
    # As people say; nothing in common; one caption is no distribution.
    assert columns["alignment.divergence.sum"].tolist() == [0, 1, 0]
    assert found["alignment.divergence"] == pytest.approx(1 / 2)
    # The prior of either picture is made of the others: no emotion is common to two.
    assert found["divergence.prior"] == found["divergence.blind"] == pytest.approx(1.0)
    # All agree about the second picture; the first one's halves are {0, 1} twice, or {0, 0} and {1, 1}.
    assert columns["divergence.split_half.sum"][1] == 0
    assert 0 < columns["divergence.split_half.sum"][0] < 1


def test_drawing_blindly_comes_to_the_prior_with_many_captions() -> None:
    people, prior = shares(votes([0, 0, 1, 1, 2])), shares(votes([0, 1, 2, 3, 3]))
    few, many = (blind(np.array([captions]), prior, people, seed=1)[0] for captions in (3, 100_000))
    assert many == pytest.approx(jensen_shannon(prior, people)[0], abs=0.01)
    assert few > many + 0.1
    # The only picture there is has no others to draw from.
    assert blind(np.array([3]), np.zeros((1, 9)), people, seed=1).shape == (1,)


def test_halves_do_not_depend_on_the_captions_and_come_closer_with_votes() -> None:
    few, many = votes([0, 0, 1, 1, 2, 3]), 40 * votes([0, 0, 1, 1, 2, 3])
    assert split_half(few, seed=2) == split_half(few, seed=2)
    assert 0 < split_half(many, seed=2)[0] < 0.1 < split_half(few, seed=2)[0]


def test_the_trained_judges_read_tokens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    baseline = tfidf.fit([["so", "sad"], ["great", "awe"]] * 3, np.array([IDS["sadness"], IDS["awe"]] * 3))
    tfidf.save(baseline, tmp_path)

    class Network:
        def predict_tokens(self, tokens: list[list[str]]) -> np.ndarray:
            return np.full((len(tokens), 9), 1 / 9, np.float32)

    monkeypatch.setattr("stages.text_classifier.classifier.load", lambda folder, device: Network())
    network, by_words = load_judges(tmp_path)
    assert (network.name, by_words.name) == ("alignment", "alignment_tfidf")
    assert [EMOTIONS[said] for said in by_words.probabilities(["so sad", "awe"]).argmax(1)] == ["sadness", "awe"]
    assert network.probabilities(["awe"]) == pytest.approx(np.full((1, 9), 1 / 9))


@pytest.mark.skipif(not REFERENCE_SCORES.is_dir(), reason="the stored scores of the ArtEmis code are not at hand")
def test_results_of_the_artemis_code() -> None:
    stored = json.loads((REFERENCE_SCORES / "emotion_alignment.json").read_text())
    sample = json.loads((REFERENCE_SCORES / "metric_sample.json").read_text())
    words = json.loads((REFERENCE_SCORES / "vocabulary.json").read_text())
    weights = np.load(REFERENCE_SCORES / "emotion_alignment_weights.npy").astype(float)

    def bag_of_words(texts: list[list[str]]) -> np.ndarray:
        ids = [[1, *(words.get(word, words["<unk>"]) for word in text), 2] for text in texts]
        scores = np.exp([weights[own].sum(0) for own in ids])
        return scores / scores.sum(1, keepdims=True)

    context = Context([], votes=votes(*sample["emotions"]))
    found = aligned(context, sample["hypothesis"], EmotionJudge("alignment", bag_of_words))
    assert found["alignment.at_least_half_untied"] == pytest.approx(stored["accuracy"], abs=1e-12)
    assert found["alignment.cross_entropy"] == pytest.approx(stored["x_entropy"], abs=1e-6)


@pytest.mark.skipif(not REFERENCE_SCORES.is_dir(), reason="the stored scores of the ArtEmis code are not at hand")
@pytest.mark.parametrize(
    ("rule", "definition"),
    [("unique_maximizer", "largest_untied"), ("dominant_maximizer", "at_least_half_untied")],
)
def test_majorities_of_the_artemis_code(rule: str, definition: str) -> None:
    stored = json.loads((REFERENCE_SCORES / "emotion_alignment.json").read_text())
    counts = votes(*stored["lists"])
    assert shares(counts) == pytest.approx(np.array(stored["distribution"]), abs=1e-6)
    expected = [emotion if qualifies else NONE for qualifies, emotion in stored[rule]]
    assert DEFINITIONS[definition](counts).tolist() == expected
