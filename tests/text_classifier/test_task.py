"""The training task: batches of similar length, the loss and the validation."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from stages.text_classifier.interface import Examples, padded
from stages.text_classifier.task import EmotionTask, bucketed_batches


class Constant(nn.Module):
    """The same logits for every utterance: ln 8 for emotion 2, so that its probability is one half."""

    def forward(self, ids, lengths, lexicon=None):
        logits = torch.zeros(len(ids), 9)
        logits[:, 2] = np.log(8)
        return logits


@pytest.fixture
def examples():
    ids, lengths = padded([[4, 5], [2], [6, 7, 8]], 0)
    return Examples(ids, lengths, torch.tensor([2, 0, 2]))


@given(st.lists(st.integers(1, 30), min_size=1, max_size=300), st.integers(1, 40), st.integers(1, 5))
def test_every_utterance_is_in_one_batch_of_an_epoch(lengths, batch_size, epoch):
    batches = bucketed_batches(np.array(lengths), batch_size, seed=3, epoch=epoch)
    assert sorted(np.concatenate(batches).tolist()) == list(range(len(lengths)))
    assert max(map(len, batches)) <= batch_size


def test_a_batch_has_utterances_of_one_length_if_there_are_enough():
    lengths = np.repeat([5, 9, 14, 20], 40)
    batches = bucketed_batches(lengths, batch_size=40, seed=0, epoch=1)
    assert [len(set(lengths[batch])) for batch in batches] == [1, 1, 1, 1]


def test_the_order_depends_on_the_epoch_only():
    first = bucketed_batches(np.arange(1, 100), 8, seed=0, epoch=1)
    assert all(map(np.array_equal, first, bucketed_batches(np.arange(1, 100), 8, seed=0, epoch=1)))
    assert not all(map(np.array_equal, first, bucketed_batches(np.arange(1, 100), 8, seed=0, epoch=2)))


def test_no_batch_has_a_single_utterance():
    # Batch statistics of one row mean nothing.
    assert min(map(len, bucketed_batches(np.arange(1, 16 * 8 + 2), 8, seed=0, epoch=1))) > 1


def test_the_loss_is_a_sum_and_validation_a_mean(examples):
    task = EmotionTask(examples, examples, batch_size=2, seed=0, device=torch.device("cpu"))
    total, count = task.terms(Constant(), np.array([0, 1]))["cross_entropy"]
    # Probability 1/2 for the first, 1/16 for the second.
    assert (float(total), count) == (pytest.approx(np.log(2) + np.log(16)), 2)
    smoothed = EmotionTask(examples, examples, batch_size=2, seed=0, device=torch.device("cpu"), label_smoothing=0.09)
    total, _ = smoothed.terms(Constant(), np.array([0, 1]))["cross_entropy"]
    # 0.91 + 0.01 of the label's own surprise, and 0.01 of that of each other emotion.
    own = 0.91 * np.log(2) + 0.91 * np.log(16)
    assert float(total) == pytest.approx(own + 2 * 0.01 * (np.log(2) + 8 * np.log(16)), rel=1e-5)
    figures = task.validate(Constant())
    # At the best temperature the probability is 2/3, the accuracy, and 1/24 for each other emotion.
    assert figures["val_loss"] == pytest.approx((2 * np.log(3 / 2) + np.log(24)) / 3, abs=1e-6)
    assert figures["val_accuracy"] == pytest.approx(2 / 3)
