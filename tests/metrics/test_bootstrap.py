"""Bootstrap from sums: equal to scoring the resampled captions, with intervals as in theory."""

import numpy as np
import pytest

from stages.metrics.bootstrap import corpus_values, interval, resample_weights, resampled, totals
from stages.metrics.interface import CAPTIONS, Context, Pairings, mean, ratio
from stages.metrics.overlap import BLEU
from stages.metrics.pairing import per_picture

TEXTS = ["the sea is calm", "a man looks at the sea", "the sky", "a dark sky over a calm sea"]
REFERENCES = [["the sea is so calm", "a calm sea"], ["a man and the sea", "the man"], ["a sky"], ["a dark sea", "sky"]]


def bleu(captions: list[str], references: list[list[str]]) -> dict[str, np.ndarray]:
    pairings = Pairings.in_order(captions)
    return per_picture(BLEU.prepare(Context(references))(pairings), pairings.picture, len(captions))


def test_resampled_sums_are_the_scores_of_resampled_captions() -> None:
    drawn = resampled(BLEU.values, bleu(TEXTS, REFERENCES), resamples=20, seed=5)
    (weights,) = resample_weights(4, 20, seed=5)
    assert weights.sum(axis=1).tolist() == [4] * 20
    for number, counts in enumerate(weights.astype(int)):
        rows = np.repeat(np.arange(4), counts)
        columns = bleu([TEXTS[row] for row in rows], [REFERENCES[row] for row in rows])
        expected = corpus_values(BLEU.values, totals(columns))
        assert {name: values[number] for name, values in drawn.items()} == pytest.approx(expected, abs=1e-12)


def test_blocks_of_weights_differ() -> None:
    blocks = list(resample_weights(6, 250, seed=1))
    assert [len(block) for block in blocks] == [100, 100, 50]
    assert not np.array_equal(blocks[0], blocks[1])


def test_interval_of_a_mean_is_that_of_theory() -> None:
    values = np.random.default_rng(1).normal(size=400)
    drawn = resampled([mean("x")], {"x": values, CAPTIONS: np.ones(400)}, 2000, seed=1)["x"]
    low, high = interval(drawn)
    error = values.std(ddof=1) / 20
    assert [low, high] == pytest.approx([values.mean() - 1.96 * error, values.mean() + 1.96 * error], abs=0.01)


def test_resamples_without_a_value_are_skipped() -> None:
    columns = {"hit": np.array([1.0, 0, 0]), "counts": np.array([1.0, 0, 0]), CAPTIONS: np.ones(3)}
    drawn = resampled([ratio("share", "hit", "counts")], columns, 100, seed=1)["share"]
    assert 0 < np.isnan(drawn).sum() < 100
    assert interval(drawn) == (1, 1)
    assert np.isnan(interval(np.array([np.nan]))).all()
