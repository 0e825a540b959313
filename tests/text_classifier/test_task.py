import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from stages.text_classifier.reader import padded
from stages.text_classifier.task import EmotionsOfUtterances, Examples, balanced, bucketed_batches


class Certain(nn.Module):
    """Always the same logits: all in favour of emotion 2 by ln 8, so that its probability is one half."""

    def forward(self, ids, lengths):
        logits = torch.zeros(len(ids), 9)
        logits[:, 2] = np.log(8)
        return logits


@pytest.fixture
def examples():
    ids, lengths = padded([[4, 5], [2], [6, 7, 8]], 0)
    return Examples(ids, lengths, torch.tensor([2, 0, 2]))


@given(st.lists(st.integers(1, 30), min_size=1, max_size=300), st.integers(1, 40), st.integers(1, 5))
def test_every_utterance_comes_once_an_epoch(lengths, batch_size, epoch):
    batches = bucketed_batches(np.array(lengths), batch_size, seed=3, epoch=epoch)
    assert sorted(np.concatenate(batches).tolist()) == list(range(len(lengths)))
    assert max(map(len, batches)) <= batch_size


def test_a_batch_holds_utterances_of_one_length_where_there_are_enough():
    lengths = np.repeat([5, 9, 14, 20], 40)
    batches = bucketed_batches(lengths, batch_size=40, seed=0, epoch=1)
    assert [len(set(lengths[batch])) for batch in batches] == [1, 1, 1, 1]


def test_the_order_depends_on_the_epoch_and_on_nothing_else():
    first = bucketed_batches(np.arange(1, 100), 8, seed=0, epoch=1)
    assert all(map(np.array_equal, first, bucketed_batches(np.arange(1, 100), 8, seed=0, epoch=1)))
    assert not all(map(np.array_equal, first, bucketed_batches(np.arange(1, 100), 8, seed=0, epoch=2)))


def test_no_batch_is_left_with_a_single_utterance():
    # Batch statistics of one row say nothing.
    assert min(map(len, bucketed_batches(np.arange(1, 16 * 8 + 2), 8, seed=0, epoch=1))) > 1


def test_padded_rows_of_any_length():
    ids, lengths = padded([[4], [5, 6, 7]], 9)
    assert ids.tolist() == [[4, 9, 9], [5, 6, 7]]
    assert lengths.tolist() == [1, 3]
    assert padded([], 0)[0].shape == (0, 1)


def test_balanced_weights_make_each_emotion_count_alike():
    labels = torch.tensor([2, 2, 2, 0, 8, 8])
    weights = balanced(labels)
    assert weights.tolist() == pytest.approx([2, 0, 2 / 3, 0, 0, 0, 0, 0, 1])
    assert float(weights[labels].mean()) == pytest.approx(1)


def test_a_weighted_loss_counts_each_row_by_its_emotion(examples):
    weights = torch.tensor([3.0, 0, 0.5, 0, 0, 0, 0, 0, 0])
    task = EmotionsOfUtterances(examples, examples, batch_size=2, seed=0, device=torch.device("cpu"), weights=weights)
    total, count = task.terms(Certain(), np.array([0, 1]))["cross_entropy"]
    assert (float(total), count) == (pytest.approx(0.5 * np.log(2) + 3 * np.log(16)), 2)
    # Validation judges what is reported, so it knows no weights.
    assert task.validate(Certain())["val_loss"] == pytest.approx((2 * np.log(3 / 2) + np.log(24)) / 3, abs=1e-6)


def test_the_loss_is_a_sum_and_validation_a_mean(examples):
    task = EmotionsOfUtterances(examples, examples, batch_size=2, seed=0, device=torch.device("cpu"))
    total, count = task.terms(Certain(), np.array([0, 1]))["cross_entropy"]
    # Probability 1/2 for the first, 1/16 for the second.
    assert (float(total), count) == (pytest.approx(np.log(2) + np.log(16)), 2)
    figures = task.validate(Certain())
    # At the best temperature the probability is 2/3, as often as it is right, and 1/24 for each other.
    assert figures["val_loss"] == pytest.approx((2 * np.log(3 / 2) + np.log(24)) / 3, abs=1e-6)
    assert figures["val_accuracy"] == pytest.approx(2 / 3)
