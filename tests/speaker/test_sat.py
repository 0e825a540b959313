"""Show, Attend and Tell: attention, dropout and packing."""

import pytest
import torch
from torch import Tensor

from stages.speaker.sat import captions_at_each_step
from tests.speaker.decoder_cases import small

TOKENS = torch.tensor([[1, 5, 6, 7, 2], [1, 8, 9, 2, 0], [1, 6, 2, 0, 0]])
LENGTHS = torch.tensor([4, 3, 2])


def _features() -> Tensor:
    return torch.randn(3, 4, 16, generator=torch.Generator().manual_seed(3))


def test_the_attention_of_each_word_sums_to_one() -> None:
    forced = small(vocabulary=11, grounded=False).teach(_features(), TOKENS, LENGTHS, None)
    assert forced.attention.sum(1).tolist() == pytest.approx([4, 3, 2], abs=1e-5)


def test_dropout_does_not_reach_the_recurrent_state() -> None:
    model = small(vocabulary=11, grounded=False, dropout=0.5).train()
    first = model.teach(_features(), TOKENS, LENGTHS, None)
    second = model.teach(_features(), TOKENS, LENGTHS, None)
    assert not torch.equal(first.logits, second.logits)
    # Attention depends on the hidden state only.
    torch.testing.assert_close(first.attention, second.attention)


def test_reference_dropout_reaches_the_recurrent_state() -> None:
    model = small(vocabulary=11, grounded=False, dropout=0.5, reference_dropout=True).train()
    first = model.teach(_features(), TOKENS, LENGTHS, None)
    second = model.teach(_features(), TOKENS, LENGTHS, None)
    assert (first.attention - second.attention).abs().max() > 1e-3
    state = model.start(_features(), None)
    assert not (state[0] == 0).any()
    logits, state, _ = model.step(TOKENS[:, 0], state)
    kept = state[0] != 0
    assert 0.3 < kept.float().mean() < 0.7
    # The scores are computed from that state, without further dropout.
    torch.testing.assert_close(logits, model.words(state[0]))


def test_both_kinds_of_dropout_are_off_outside_of_training() -> None:
    models = (small(vocabulary=11, grounded=False, dropout=0.5, reference_dropout=kind) for kind in (False, True))
    torch.testing.assert_close(*(model.teach(_features(), TOKENS, LENGTHS, None).logits for model in models))


@pytest.mark.parametrize(
    ("lengths", "counts"),
    [([4, 3, 2], [3, 3, 2, 1]), ([3, 2, 2], [3, 3, 1]), ([2, 2], [2, 2]), ([1], [1]), ([5, 1], [2, 1, 1, 1, 1])],
)
def test_captions_at_each_step(lengths: list[int], counts: list[int]) -> None:
    assert captions_at_each_step(torch.tensor(lengths)) == counts


def test_the_features_of_a_place_are_reduced_with_dropout_in_training() -> None:
    model = small(vocabulary=11, grounded=False, places=5)
    features = _features()
    assert model.start(features, None)[2].shape == (3, 4, 5)
    weight, bias = model.reduce.weight, model.reduce.bias
    torch.testing.assert_close(model.start(features, None)[2], features @ weight.T + bias)
    model.train()
    assert not torch.equal(model.start(features, None)[2], model.start(features, None)[2])
    # A dropped channel is dropped in all places of a picture.
    equal_places = features[:, :1].expand_as(features)
    reduced = model.start(equal_places, None)[2]
    torch.testing.assert_close(reduced, reduced[:, :1].expand_as(reduced))


def test_without_a_size_the_features_stay_as_they_are() -> None:
    model = small(vocabulary=11, grounded=False).train()
    torch.testing.assert_close(model.start(_features(), None)[2], _features())


def test_projecting_each_image_once_changes_no_score() -> None:
    model = small(vocabulary=11, grounded=False, places=5).eval()
    owner = torch.tensor([1, 0, 1])
    together = model(_features(), owner, TOKENS, LENGTHS, None)
    alone = model.teach(_features()[owner], TOKENS, LENGTHS, None)
    torch.testing.assert_close(together.logits, alone.logits)
    torch.testing.assert_close(together.attention, alone.attention)
