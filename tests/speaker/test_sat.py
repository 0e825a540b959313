"""Show-Attend-Tell by itself: stepping, emotion, the shape of its parts and the output bias."""

import math

import pytest
import torch
from torch import Tensor

from stages.common.emotions import IDS
from stages.speaker.sat import captions_at_each_step, log_frequency_bias
from tests.speaker.decoder_cases import small

TOKENS = torch.tensor([[1, 5, 6, 7, 2], [1, 8, 9, 2, 0], [1, 6, 2, 0, 0]])
LENGTHS = torch.tensor([4, 3, 2])


def _features() -> Tensor:
    return torch.randn(3, 4, 16, generator=torch.Generator().manual_seed(3))


@pytest.mark.parametrize("grounded", [False, True])
def test_teacher_forcing_equals_stepping(grounded: bool) -> None:
    model = small(vocabulary=11, grounded=grounded)
    emotion = torch.tensor([0, 3, 8]) if grounded else None
    taught = model.teach(_features(), TOKENS, LENGTHS, emotion)
    state = model.start(_features(), emotion)
    logits, attended = [], torch.zeros(3, 4)
    for t, count in enumerate([3, 3, 2, 1]):
        scores, state, attention = model.step(TOKENS[:, t], state)
        logits.append(scores[:count])
        attended[:count] += attention[:count]
    torch.testing.assert_close(taught.logits, torch.cat(logits), atol=1e-6, rtol=0)
    torch.testing.assert_close(taught.attention, attended, atol=1e-6, rtol=0)
    # First words of all captions, then second words, ...; the last one of each is <eos>.
    assert taught.targets.tolist() == [5, 8, 6, 6, 9, 2, 7, 2, 2]


def test_the_attention_of_each_word_adds_up_to_one() -> None:
    taught = small(vocabulary=11, grounded=False).teach(_features(), TOKENS, LENGTHS, None)
    assert taught.attention.sum(1).tolist() == pytest.approx([4, 3, 2], abs=1e-5)


def test_a_state_may_be_reordered() -> None:
    model = small(vocabulary=11, grounded=True)
    _, state, _ = model.step(TOKENS[:, 0], model.start(_features(), torch.tensor([0, 3, 8])))
    logits, _, _ = model.step(TOKENS[:, 1], state)
    order = torch.tensor([2, 2, 0])
    again, _, _ = model.step(TOKENS[order, 1], tuple(part.index_select(0, order) for part in state))
    torch.testing.assert_close(again, logits[order], atol=1e-6, rtol=0)


def test_captions_of_one_picture_share_its_features() -> None:
    model = small(vocabulary=11, grounded=False)
    owner = torch.tensor([1, 0, 1])
    together = model(_features()[:2], owner, TOKENS, LENGTHS, None)
    torch.testing.assert_close(together, model.teach(_features()[owner], TOKENS, LENGTHS, None))


def test_an_emotion_changes_what_is_said() -> None:
    model = small(vocabulary=11, grounded=True)
    features = _features()[:1]
    awe, fear = (
        model.step(TOKENS[:1, 0], model.start(features, torch.tensor([IDS[name]])))[0] for name in ("awe", "fear")
    )
    assert (awe - fear).abs().max() > 1e-3


@pytest.mark.parametrize(
    ("grounded", "emotion", "sentence"),
    [
        (True, None, "a grounded speaker needs an emotion"),
        (False, torch.zeros(3, dtype=torch.long), "a plain speaker takes no emotion"),
    ],
)
def test_an_emotion_is_given_exactly_where_it_is_needed(grounded: bool, emotion: Tensor | None, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        small(vocabulary=11, grounded=grounded).start(_features(), emotion)


def test_dropout_spares_the_recurrent_state() -> None:
    model = small(vocabulary=11, grounded=False, dropout=0.5).train()
    first = model.teach(_features(), TOKENS, LENGTHS, None)
    second = model.teach(_features(), TOKENS, LENGTHS, None)
    assert not torch.equal(first.logits, second.logits)
    # Attention hangs on the hidden state alone.
    assert torch.equal(first.attention, second.attention)


@pytest.mark.parametrize(
    ("lengths", "counts"),
    [([4, 3, 2], [3, 3, 2, 1]), ([3, 2, 2], [3, 3, 1]), ([2, 2], [2, 2]), ([1], [1]), ([5, 1], [2, 1, 1, 1, 1])],
)
def test_captions_at_each_step(lengths: list[int], counts: list[int]) -> None:
    assert captions_at_each_step(torch.tensor(lengths)) == counts


def test_the_output_bias_is_the_log_frequency() -> None:
    # <pad> and <sos> stand often but are never said: they count as the rarest seen word,
    # 2 times; word 4 was never seen: once.
    counts = torch.tensor([90, 10, 10, 2, 0, 4])
    bias = log_frequency_bias(counts, unseen=(0, 1))
    assert bias.tolist() == pytest.approx([math.log(n / 10) for n in (2, 2, 10, 2, 1, 4)], abs=1e-6)
    assert bias.dtype == torch.float32


def test_the_counts_are_left_as_they_are() -> None:
    counts = torch.tensor([9.0, 9.0, 3.0, 1.0], dtype=torch.float64)
    log_frequency_bias(counts, unseen=(0, 1))
    assert counts.tolist() == [9, 9, 3, 1]


def test_the_log_frequencies_become_the_training_frequencies() -> None:
    counts = torch.tensor([0, 1, 6, 3, 2])
    said = torch.softmax(log_frequency_bias(counts, unseen=(0, 1)), 0)
    assert said.tolist() == pytest.approx([2 / 15, 2 / 15, 6 / 15, 3 / 15, 2 / 15], abs=1e-6)
