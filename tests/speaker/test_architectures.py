"""The contract of `interface.Speaker`, for every architecture."""

from functools import cache
from typing import get_args

import pytest
import torch
from torch import Tensor

from stages.common.emotions import ARTEMIS
from stages.learning.backbones import Backbone
from stages.speaker.interface import Network, one_hot
from stages.speaker.params import Speaker
from stages.speaker.registry import ARCHITECTURES, build
from tests.speaker.two_colours import network_config

TOKENS = torch.tensor([[1, 5, 6, 7, 2], [1, 8, 9, 2, 0], [1, 6, 2, 0, 0]])
LENGTHS = torch.tensor([4, 3, 2])
PIXELS = torch.randint(0, 256, (3, 64, 64, 3), generator=torch.Generator().manual_seed(3), dtype=torch.uint8)
EMOTION = one_hot(torch.tensor([0, 3, 8]), len(ARTEMIS))
every = pytest.mark.parametrize("arch", ARCHITECTURES)


@cache
def _speaker(arch: str, *, grounded: bool, emo_dropout: float = 0.0) -> Network:
    torch.manual_seed(7)
    model = build(network_config(arch, grounded=grounded, emo_dropout=emo_dropout), Backbone("test_resnet")).eval()
    with torch.no_grad():
        # Well above rounding errors: initial word scores are nearly those of the bias.
        if arch != "language_model":  # a tiny one's are larger
            model.words.weight.mul_(10)
    return model


def test_params_allow_every_architecture() -> None:
    assert set(get_args(Speaker.model_fields["arch"].annotation)) == set(ARCHITECTURES)


@every
@pytest.mark.parametrize("grounded", [False, True])
def test_teacher_forcing_equals_stepping(arch: str, grounded: bool) -> None:
    model = _speaker(arch, grounded=grounded)
    emotion = EMOTION if grounded else None
    features = model.encode(PIXELS)
    forced = model.teach(features, TOKENS, LENGTHS, emotion)
    state = model.start(features, emotion)
    logits, attended = [], torch.zeros_like(forced.attention)
    for t, count in enumerate([3, 3, 2, 1]):
        scores, state, attention = model.step(TOKENS[:, t], state)
        logits.append(scores[:count])
        attended[:count] += attention[:count]
    torch.testing.assert_close(forced.logits, torch.cat(logits), atol=1e-5, rtol=0)
    torch.testing.assert_close(forced.attention, attended, atol=1e-5, rtol=0)
    # First words of all captions, then second words, ...; the last one of each is <eos>.
    assert forced.targets.tolist() == [5, 8, 6, 6, 9, 2, 7, 2, 2]


@every
def test_a_state_can_be_reordered(arch: str) -> None:
    model = _speaker(arch, grounded=True)
    _, state, _ = model.step(TOKENS[:, 0], model.start(model.encode(PIXELS), EMOTION))
    logits, _, _ = model.step(TOKENS[:, 1], state)
    order = torch.tensor([2, 2, 0])
    again, _, _ = model.step(TOKENS[order, 1], tuple(part.index_select(0, order) for part in state))
    torch.testing.assert_close(again, logits[order], atol=1e-5, rtol=0)


@every
def test_captions_of_an_image_share_its_features(arch: str) -> None:
    model = _speaker(arch, grounded=False)
    owner = torch.tensor([1, 0, 1])
    together = model(PIXELS[:2], owner, TOKENS, LENGTHS, None)
    apart = model.teach(model.encode(PIXELS[owner]), TOKENS, LENGTHS, None)
    torch.testing.assert_close(together, apart, atol=1e-5, rtol=0)


@every
def test_scores_depend_on_image_words_and_emotion(arch: str) -> None:
    model = _speaker(arch, grounded=True)

    def scores(image: int, emotion: str, word: int) -> Tensor:
        state = model.start(model.encode(PIXELS[[image]]), one_hot(torch.tensor([ARTEMIS.ids[emotion]]), len(ARTEMIS)))
        return model.step(torch.tensor([word]), state)[0]

    first = scores(0, "awe", 5)
    for other in (scores(1, "awe", 5), scores(0, "fear", 5), scores(0, "awe", 6)):
        assert (first - other).abs().max() > 1e-3


@every
@pytest.mark.parametrize(
    ("grounded", "emotion", "message"),
    [(True, None, "a grounded speaker needs an emotion"), (False, EMOTION, "a plain speaker takes no emotion")],
)
def test_exactly_a_grounded_speaker_takes_an_emotion(
    arch: str, grounded: bool, emotion: Tensor | None, message: str
) -> None:
    model = _speaker(arch, grounded=grounded)
    with pytest.raises(ValueError, match=message):
        model.start(model.encode(PIXELS), emotion)


@every
def test_a_speaker_also_trained_without_emotions_needs_none(arch: str) -> None:
    model = _speaker(arch, grounded=True, emo_dropout=0.1)
    features = model.encode(PIXELS)
    given, zeros, none = (
        model.teach(features, TOKENS, LENGTHS, emotion).logits for emotion in (EMOTION, torch.zeros(3, 9), None)
    )
    torch.testing.assert_close(none, zeros)
    assert (none - given).abs().max() > 1e-3


@every
def test_an_emotion_may_be_a_distribution(arch: str) -> None:
    model = _speaker(arch, grounded=True)
    features = model.encode(PIXELS)
    mixed = torch.softmax(torch.arange(27.0).view(3, 9), 1)
    shares, single = (model.step(TOKENS[:, 0], model.start(features, emotion))[0] for emotion in (mixed, EMOTION))
    assert (shares - single).abs().max() > 1e-3


@every
def test_emo_dropout_does_not_make_a_plain_speaker_optional(arch: str) -> None:
    assert not _speaker(arch, grounded=False, emo_dropout=0.1).emotion_optional
