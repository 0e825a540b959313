"""Novelty: subsequences against rapidfuzz and the stored results of the ArtEmis code."""

import json
import random
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import LCSseq

from stages.metrics.bootstrap import corpus_values, totals
from stages.metrics.interface import Context, Pairings, Unavailable
from stages.metrics.novelty import NOVELTY, common_subsequences, novelty, sampled_novelty
from stages.metrics.pairing import per_picture

REFERENCE_SCORES = Path(__file__).parents[3] / "shared/parity/reference_metrics"
SENTENCES = st.lists(st.lists(st.sampled_from("abcde"), max_size=9), min_size=1, max_size=12)


def assert_equals_rapidfuzz(captions: list[list[str]], utterances: list[list[str]]) -> None:
    table = np.array([[LCSseq.similarity(caption, utterance) for utterance in utterances] for caption in captions])
    common = common_subsequences(captions, utterances)
    assert common.longest.tolist() == table.max(1).tolist()
    assert common.nearest.tolist() == table.argmax(1).tolist()
    assert common.total.tolist() == table.sum(1).tolist()


@given(SENTENCES, SENTENCES)
def test_any_captions_and_utterances(captions: list[list[str]], utterances: list[list[str]]) -> None:
    assert_equals_rapidfuzz(captions, utterances)


@pytest.mark.parametrize("words", [3, 60])
@pytest.mark.parametrize("frequent", [0.0, 1 / 16, 1.0])
def test_every_integer_width_and_index(words: int, frequent: float, monkeypatch: pytest.MonkeyPatch) -> None:
    # Several blocks of each width; words applied to all utterances, to some of them, or mixed.
    monkeypatch.setattr("stages.metrics.novelty.BLOCK_BYTES", 40)
    monkeypatch.setattr("stages.metrics.novelty.FREQUENT", frequent)
    generator = random.Random(words)
    vocabulary = [f"word{number}" for number in range(words)]
    lengths = [0, 1, 15, 16, 17, 31, 32, 33, 63, 64, 65, 130]
    utterances = [generator.choices(vocabulary, k=length) for length in lengths * 2]
    generator.shuffle(utterances)
    captions = [generator.choices(vocabulary, k=length) for length in (0, 5, 12, 40, 64, 90)]
    assert_equals_rapidfuzz([*captions, *utterances[:6], captions[2][:8]], utterances)


def test_novelty_by_hand() -> None:
    arrays = novelty(["the sea is so calm", "a sky", "", "a sky"], ["a sky", "the sea looks calm", "sky", "a  sky"])
    assert arrays["lcs_max"].tolist() == [3, 2, 0, 2]
    # Three distinct utterances: two tokens in common with the first, one with the third.
    assert arrays["lcs_mean"].tolist() == [1.0, 1.0, 0.0, 1.0]
    assert arrays["lcs_share"].tolist() == [3 / 5, 1.0, 0.0, 1.0]
    assert arrays["copied"].tolist() == [False, True, False, True]
    assert [text.split() for text in arrays["nearest"][:2]] == [["the", "sea", "looks", "calm"], ["a", "sky"]]


def test_metric_is_the_mean_over_captions() -> None:
    context = Context([["a"], ["b"]], training=["a dark sky"])
    pairings = Pairings.in_order(["a sky", "a dark sky"])
    columns = per_picture(NOVELTY.prepare(context)(pairings), pairings.picture, 2)
    assert corpus_values(NOVELTY.values, totals(columns)) == {
        "novelty.lcs_max": 2.5,
        "novelty.lcs_mean": 2.5,
        "novelty.lcs_share": 1.0,
        "novelty.copied": 0.5,
    }
    with pytest.raises(Unavailable, match="no training utterance"):
        NOVELTY.prepare(Context([["a"], ["b"]]))


def test_sample_takes_all_texts_of_a_small_corpus_and_depends_on_the_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = random.Random(4)
    texts = [" ".join(generator.choices("abcdefgh", k=generator.randint(1, 12))) for _ in range(60)]
    arrays = novelty(texts[:20], texts[20:])
    means = {"lcs_max": arrays["lcs_max"].mean(), "lcs_mean": arrays["lcs_mean"].mean()}
    assert sampled_novelty(texts[:20], texts[20:], seed=1) == pytest.approx(means)
    monkeypatch.setattr("stages.metrics.novelty.SAMPLED_UTTERANCES", 5)
    assert sampled_novelty(texts[:20], texts[20:], seed=1) == sampled_novelty(texts[:20], texts[20:], seed=1)
    assert sampled_novelty(texts[:20], texts[20:], seed=1)["lcs_max"] < means["lcs_max"]


@pytest.mark.skipif(not REFERENCE_SCORES.is_dir(), reason="the stored scores of the ArtEmis code are not in shared/")
def test_results_equal_those_of_the_artemis_code() -> None:
    stored = json.loads((REFERENCE_SCORES / "lcs.json").read_text())
    captions, training = ([" ".join(tokens) for tokens in stored[name]] for name in ("captions", "train"))
    assert len(set(training)) == len(training)
    arrays = novelty(captions, training)
    assert arrays["lcs_max"].tolist() == stored["max"]
    assert arrays["lcs_mean"] == pytest.approx(stored["mean"], abs=1e-12)
    assert arrays["nearest"].tolist() == [training[number] for number in stored["argmax"]]
    # The sample that ArtEmis would draw is larger than this: all are taken.
    means = {"lcs_max": np.mean(stored["max"]), "lcs_mean": np.mean(stored["mean"])}
    assert sampled_novelty(captions, training, seed=2021) == pytest.approx(means, abs=1e-12)


def test_a_thousand_captions_against_ten_thousand_utterances_take_seconds() -> None:
    generator = random.Random(5)
    words = [f"word{number}" for number in range(3000)]
    texts = [" ".join(generator.choices(words, k=generator.randint(5, 28))) for _ in range(11_000)]
    started = time.process_time()
    novelty(texts[:1000], texts[1000:])
    # Some 0.3 s; a table filled in Python takes a quarter of an hour.
    assert time.process_time() - started < 20
