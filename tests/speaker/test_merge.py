"""The merge model: one pass over a caption equals a loop over its prefixes; it reads one vector of each picture."""

from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from stages.common.emotions import ARTEMIS
from stages.common.params import Pooling
from stages.features import store
from stages.features.__main__ import main as compute_features
from stages.learning.backbones import Backbone
from stages.speaker import __main__ as stage
from stages.speaker.checkpoint import load
from stages.speaker.data import CaptioningTask
from stages.speaker.interface import one_hot
from stages.speaker.merge import Merge
from stages.speaker.registry import build
from tests.speaker.two_colours import network_config, of_split, pictures, save_project, utterances

TOKENS = torch.tensor([[1, 5, 6, 7, 2], [1, 8, 9, 2, 0]])
LENGTHS = torch.tensor([4, 3])
FEATURES = torch.rand(2, 1, 96, generator=torch.Generator().manual_seed(4))


def _speaker(*, grounded: bool = False, dropout: float = 0.0) -> Merge:
    torch.manual_seed(7)
    config = network_config("merge", grounded=grounded, dropout=dropout)
    model = build(config, Backbone("test_resnet", pooling="average"))
    assert isinstance(model, Merge)
    return model


def _next_word(model: Merge, feature: Tensor, prefix: Tensor, emotion: Tensor | None) -> Tensor:
    """As the study computes it: a prefix (T,) and an image (C,) in, probabilities of the next word (V,) out."""
    state = nn.LSTM(model.lstm.input_size, model.lstm.hidden_size)
    state.load_state_dict(model.lstm.state_dict())
    _, (hidden, _) = state(model.embedding(prefix)[:, None])  # time first
    both = functional.relu(model.picture.weight @ feature + model.picture.bias) + hidden[0, 0]
    if model.emotion is not None and emotion is not None:
        both = both + functional.relu(model.emotion.weight @ emotion + model.emotion.bias)
    inner = functional.relu(model.joined.weight @ both + model.joined.bias)
    return torch.softmax(model.words.weight @ inner + model.words.bias, 0)


@pytest.mark.parametrize("grounded", [False, True])
def test_one_pass_gives_the_probabilities_of_a_loop_over_prefixes(grounded: bool) -> None:
    model = _speaker(grounded=grounded).eval()
    emotion = one_hot(torch.tensor([3, 8]), len(ARTEMIS)) if grounded else None
    forced = model.teach(FEATURES, TOKENS, LENGTHS, emotion)
    # First words of both captions, then second words, ...; the second caption ends a word earlier.
    order = [(0, 1), (1, 1), (0, 2), (1, 2), (0, 3), (1, 3), (0, 4)]
    expected = [
        _next_word(model, FEATURES[row, 0], TOKENS[row, :read], None if emotion is None else emotion[row])
        for row, read in order
    ]
    torch.testing.assert_close(torch.softmax(forced.logits, 1), torch.stack(expected), atol=1e-6, rtol=0)
    assert forced.targets.tolist() == [int(TOKENS[row, read]) for row, read in order]


def test_attention_has_one_place() -> None:
    model = _speaker().eval()
    assert model.teach(FEATURES, TOKENS, LENGTHS, None).attention.tolist() == [[4.0], [3.0]]
    assert model.step(TOKENS[:, 0], model.start(FEATURES, None))[2].tolist() == [[1.0], [1.0]]


def test_dropout_applies_in_training_only() -> None:
    model = _speaker(dropout=0.5).train()
    dropped = [model.start(FEATURES, None)[0] for _ in range(2)]
    assert not torch.equal(*dropped)
    model.eval()
    torch.testing.assert_close(model.start(FEATURES, None)[0], model.start(FEATURES, None)[0])


def test_a_batch_may_be_one_image() -> None:
    images = pictures(3)
    train = of_split(images, utterances(images), "train")
    single, fives = (CaptioningTask(train, train, attention_penalty=0, batch_size=size, seed=1) for size in (1, 5))
    assert sorted(np.concatenate(single.batches(1))) == list(range(6))
    # Six in batches of five: the last batch of one is left out.
    assert [len(batch) for batch in fives.batches(1)] == [5]


@pytest.mark.parametrize("pooling", get_args(Pooling))
def test_it_reads_features_pooled_as_the_stage_features_pools(project: Path, pooling: Pooling) -> None:
    save_project(project, utterances(pictures(4), held_out=2), arch="merge", features={"pooling": pooling}, tune="none")
    compute_features()
    assert stage.main().startswith("plain merge, best epoch ")
    model = load(project / "data/speaker").model
    assert (model.backbone.name, model.backbone.pooling) == ("test_resnet", pooling)
    pixels = torch.from_numpy(pictures(4).pixels)
    with torch.no_grad():
        encoded, (_, expected) = model.encode(pixels), model.backbone.look(pixels, pooling)
    torch.testing.assert_close(encoded[:, 0], expected)
    torch.testing.assert_close(torch.from_numpy(store.load().pooled.copy()), expected, atol=1e-5, rtol=1e-5)
