import numpy as np
import pytest
import torch

from stages.text_classifier.lstm import LSTMClassifier, freeze_vectors
from stages.utterances.vocabulary import UNK

SIZES = {"words": 12, "embedding": 6, "hidden": 8, "head": 5}


@pytest.fixture(params=[False, True], ids=["lstm", "lstm and bag"])
def model(request):
    torch.manual_seed(0)
    return LSTMClassifier(**SIZES, dropout=0.5, word_dropout=0.5, bag=request.param).eval()


def test_logits_do_not_depend_on_the_batch(model):
    ids = torch.tensor([[4, 5, 6, 7, 8], [9, 10, 0, 0, 0], [11, 0, 0, 0, 0]])
    lengths = torch.tensor([5, 2, 1])
    together = model(ids, lengths)
    assert together.shape == (3, 9)
    for row, length in enumerate(lengths.tolist()):
        alone = model(ids[row : row + 1, :length], lengths[row : row + 1])
        torch.testing.assert_close(alone[0], together[row])


def test_what_stands_in_the_padding_is_never_read(model):
    lengths = torch.tensor([2, 3])
    padded = model(torch.tensor([[4, 5, 0], [6, 7, 8]]), lengths)
    torch.testing.assert_close(model(torch.tensor([[4, 5, 9], [6, 7, 8]]), lengths), padded)


@pytest.mark.parametrize("reference_pooling", [False, True])
def test_zero_padding_lifts_features_and_minus_infinity_does_not(reference_pooling):
    torch.manual_seed(0)
    model = LSTMClassifier(**SIZES, dropout=0.0, reference_pooling=reference_pooling).eval()
    seen = []
    model.head.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    model(torch.tensor([[4, 0, 0, 0], [4, 5, 6, 7]]), torch.tensor([1, 4]))
    assert bool((seen[0][0] >= 0).all()) == reference_pooling
    assert torch.isfinite(seen[0]).all()


def test_gradients_reach_the_words_that_were_read_and_no_others():
    model = LSTMClassifier(**SIZES, dropout=0.0, bag=True)
    model(torch.tensor([[4, 5, 6], [7, 0, 0]]), torch.tensor([3, 1])).sum().backward()
    moved = model.embed.weight.grad.abs().sum(1).nonzero().flatten().tolist()
    assert moved == [4, 5, 6, 7]


def test_dropped_words_are_unknown_ones_and_only_while_training():
    torch.manual_seed(0)
    model = LSTMClassifier(**SIZES, dropout=0.0, word_dropout=0.25)
    seen = []
    model.embed.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    ids, lengths = torch.full((40, 50), 7), torch.full((40,), 50)
    model(ids, lengths)
    model.eval()(ids, lengths)
    assert set(seen[0].unique().tolist()) == {7, UNK}
    assert float((seen[0] == UNK).float().mean()) == pytest.approx(0.25, abs=0.04)
    assert torch.equal(seen[1], ids)


def test_frozen_vectors_stay_and_the_rest_learns():
    torch.manual_seed(0)
    model = LSTMClassifier(**SIZES, dropout=0.0)
    vectors = torch.arange(72.0).view(12, 6) / 72
    freeze_vectors(model, vectors)
    optimizer = torch.optim.SGD([weight for weight in model.parameters() if weight.requires_grad], lr=1.0)
    before = model.lstm.weight_hh_l0.detach().clone()
    model(torch.tensor([[4, 5], [6, 7]]), torch.tensor([2, 2])).square().sum().backward()
    optimizer.step()
    assert torch.equal(model.embed.weight, vectors)
    assert not torch.equal(model.lstm.weight_hh_l0, before)


def test_the_config_makes_the_same_network():
    model = LSTMClassifier(**SIZES, dropout=0.1, word_dropout=0.2, bag=True)
    again = LSTMClassifier(**model.config()["lstm"])
    assert again.config() == model.config()
    assert {name: weight.shape for name, weight in again.state_dict().items()} == {
        name: weight.shape for name, weight in model.state_dict().items()
    }


def test_the_first_vectors_are_small_and_padding_is_zero():
    torch.manual_seed(0)
    weight = LSTMClassifier(words=2000, embedding=20, hidden=4, head=4, dropout=0).embed.weight.detach().numpy()
    assert np.std(weight[1:]) == pytest.approx(0.1, rel=0.02)
    assert (weight[0] == 0).all()
