"""The re-enactment of the CNN-RNN study's loop teaches what our single pass teaches."""

import pytest
import torch

from benchmarks import merge
from stages.learning.backbones import Backbone
from stages.speaker.data import Batch
from stages.speaker.merge import Merge
from stages.speaker.registry import build
from tests.speaker.two_colours import config


@pytest.mark.parametrize("way", [merge.one_by_one, merge.together])
def test_a_loop_over_pairs_has_the_same_loss_and_gradients(way: merge.Way, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merge, "LONGEST", 7)
    tokens = torch.tensor([[1, 5, 6, 7, 2], [1, 8, 9, 2, 0], [1, 6, 2, 0, 0]])
    features = torch.rand(2, 1, 96, generator=torch.Generator().manual_seed(4))
    batch = Batch(features, torch.tensor([1, 0, 0]), tokens, torch.tensor([4, 3, 2]), None)
    torch.manual_seed(7)
    model = build(config("merge"), Backbone("test_resnet", pooling="average")).eval()
    assert isinstance(model, Merge)
    found = []
    for one in (way, merge.ours):
        loss = one(model, batch)
        found.append((loss, {name: value.grad for name, value in model.named_parameters() if value.grad is not None}))
        model.zero_grad()
    assert found[0][0] == pytest.approx(found[1][0], rel=1e-5)
    assert found[0][1].keys() == found[1][1].keys() >= {"picture.weight", "embedding.weight", "words.bias"}
    torch.testing.assert_close(found[0][1], found[1][1], atol=1e-6, rtol=1e-4)
