import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from stages.text_classifier.learning import EmotionsOfUtterances, bucketed_batches, examples_of


class Certain(nn.Module):
    """Always the same logits: all in favour of emotion 2 by ln 8, so that its probability is one half."""

    def forward(self, ids, lengths):
        logits = torch.zeros(len(ids), 9)
        logits[:, 2] = np.log(8)
        return logits


@pytest.fixture
def frame():
    return pd.DataFrame(
        {
            "tokens_encoded": [[1, 4, 5, 2, 0], [1, 2, 0, 0, 0], [1, 6, 7, 8, 2]],
            "tokens_len": [2, 0, 3],
            "emotion_label": [2, 0, 2],
        }
    )


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


def test_examples_leave_out_the_start_and_give_the_empty_utterance_one_word(frame):
    examples = examples_of(frame)
    assert examples.ids.tolist() == [[4, 5, 2, 0], [2, 0, 0, 0], [6, 7, 8, 2]]
    assert examples.lengths.tolist() == [2, 1, 3]
    assert examples.labels.tolist() == [2, 0, 2]


def test_the_loss_is_a_sum_and_validation_a_mean(frame):
    examples = examples_of(frame)
    task = EmotionsOfUtterances(examples, examples, batch_size=2, seed=0, device=torch.device("cpu"))
    total, count = task.terms(Certain(), np.array([0, 1]))["cross_entropy"]
    # Probability 1/2 for the first, 1/16 for the second.
    assert (float(total), count) == (pytest.approx(np.log(2) + np.log(16)), 2)
    figures = task.validate(Certain())
    assert figures["val_loss"] == pytest.approx((2 * np.log(2) + np.log(16)) / 3)
    assert figures["val_accuracy"] == pytest.approx(2 / 3)
