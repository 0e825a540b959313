import pytest
import torch

from stages.text_classifier.model import LSTMClassifier


@pytest.fixture
def model():
    torch.manual_seed(0)
    return LSTMClassifier(words=12, embedding=6, hidden=8, dropout=0.5).eval()


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


def test_the_maximum_may_be_negative(model):
    # Zero padding, as in the reference, would lift every feature of the short utterance to 0 or more.
    seen = []
    model.head.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    model(torch.tensor([[4, 0, 0, 0], [4, 5, 6, 7]]), torch.tensor([1, 4]))
    assert (seen[0][0] < 0).any()
    assert torch.isfinite(seen[0]).all()


def test_gradients_reach_the_words_that_were_read_and_no_others():
    model = LSTMClassifier(words=12, embedding=6, hidden=8, dropout=0.0)
    model(torch.tensor([[4, 5, 6], [7, 0, 0]]), torch.tensor([3, 1])).sum().backward()
    moved = model.embed.weight.grad.abs().sum(1).nonzero().flatten().tolist()
    assert moved == [4, 5, 6, 7]
