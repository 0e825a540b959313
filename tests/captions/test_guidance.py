"""Classifier-free guidance between a speaker with its emotion and without."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from stages.captions import decoding
from stages.captions.captioner import speak
from stages.captions.conditioning import Guided, guided
from stages.captions.hypotheses import Hypothesis, Rules
from stages.common.emotions import EMOTIONS
from stages.common.errors import UserError
from stages.learning.backbones import Backbone
from stages.speaker.interface import Network, State, one_hot
from stages.speaker.registry import ARCHITECTURES, build
from tests.captions.table_speaker import TableSpeaker
from tests.captions.test_speaking import RULES, manner_of
from tests.speaker.two_colours import config, pictures, saved

TOKENS = torch.tensor([[1, 5, 6, 7, 2], [1, 8, 9, 2, 0], [1, 6, 2, 0, 0]])
LENGTHS = torch.tensor([4, 3, 2])
PIXELS = torch.randint(0, 256, (3, 64, 64, 3), generator=torch.Generator().manual_seed(3), dtype=torch.uint8)
EMOTION = one_hot(torch.tensor([0, 3, 8]))
every = pytest.mark.parametrize("arch", ARCHITECTURES)


def _speaker(arch: str) -> Network:
    """One that has much to say about each emotion, and something else without."""
    torch.manual_seed(7)
    model = build(config(arch, grounded=True, emo_dropout=0.1), Backbone("test_resnet")).eval()
    with torch.no_grad():
        model.words.weight.mul_(10)
    return model


class Moody(TableSpeaker):
    """Says 3 or 4 at once: evenly in a mood, 3 four times as often without."""

    def start(self, features: Tensor, emotion: Tensor | None) -> State:
        moody = torch.full((len(features), 1), 0.0 if emotion is None else 1.0)
        return (moody,)

    def step(self, tokens: Tensor, state: State) -> tuple[Tensor, State, Tensor]:
        even, uneven = torch.tensor([0, 0, 0, 0.5, 0.5]), torch.tensor([0, 0, 0, 0.8, 0.2])
        # Scores of any size mean the same probabilities.
        logits = torch.where(state[0] > 0, even, uneven).log() + 5 * state[0]
        return logits, state, state[0]


@pytest.mark.parametrize(("guidance", "wanted"), [(0.0, 0.8), (1.0, 0.5), (2.0, 0.2), (3.0, 1 / 17)])
def test_guidance_by_hand(guidance: float, wanted: float) -> None:
    speaker = Guided(Moody(), guidance)
    # At 3: .8 (.5/.8)^3 : .2 (.5/.2)^3 = 1 : 16.
    logits, state, attention = speaker.step(torch.tensor([1]), speaker.start(torch.zeros(1, 1, 1), EMOTION[:1]))
    logits[:, :3] = -torch.inf
    assert logits.softmax(-1)[0, 3].item() == pytest.approx(wanted, abs=1e-6)
    assert (len(state), attention.item()) == (2, 1)


@every
def test_stepping_equals_teacher_forcing(arch: str) -> None:
    speaker = Guided(_speaker(arch), 2.5)
    features = speaker.encode(PIXELS)
    taught, state = speaker.teach(features, TOKENS, LENGTHS, EMOTION), speaker.start(features, EMOTION)
    logits = []
    for t, count in enumerate([3, 3, 2, 1]):
        scores, state, _ = speaker.step(TOKENS[:, t], state)
        logits.append(scores[:count])
    torch.testing.assert_close(taught.logits, torch.cat(logits), atol=1e-4, rtol=0)


@every
def test_at_1_the_speaker_is_left_alone(arch: str) -> None:
    model = _speaker(arch)
    assert guided(model, 1.0) is model


@every
def test_at_0_it_speaks_as_if_told_nothing(arch: str) -> None:
    model = _speaker(arch)
    features = model.encode(PIXELS)
    found, wanted = _beam(model, 0.0, EMOTION), _beam(model, 1.0, None)
    assert [[one.words for one in some] for some in found] == [[one.words for one in some] for some in wanted]
    for some, same in zip(found, wanted, strict=True):
        assert [one.log_probability for one in some] == pytest.approx([one.log_probability for one in same], abs=1e-4)
    scores, _, _ = guided(model, 0.0).step(TOKENS[:, 0], guided(model, 0.0).start(features, EMOTION))
    untold, _, _ = model.step(TOKENS[:, 0], model.start(features, None))
    torch.testing.assert_close(scores, untold.log_softmax(-1))


def _beam(model: Network, guidance: float, emotion: Tensor | None) -> list[list[Hypothesis]]:
    rules = Rules(start=1, end=2, banned=(0, 1), conjunction=-1)
    return decoding.beam(
        guided(model, guidance), model.encode(PIXELS), emotion, rules, size=3, temperature=1.0, max_length=5
    )


@every
def test_more_guidance_means_words_that_tell_more_of_the_emotion(arch: str) -> None:
    model = _speaker(arch)
    features = model.encode(PIXELS)
    told, untold = (model.teach(features, TOKENS, LENGTHS, one).logits.log_softmax(-1) for one in (EMOTION, None))
    means = []
    for guidance in (0.0, 0.5, 1.0, 2.0, 4.0):
        shares = Guided(model, guidance).teach(features, TOKENS, LENGTHS, EMOTION).logits.softmax(-1)
        means.append((shares * (told - untold)).sum(-1))  # (words,)
    # Of an exponential family: the mean of log p(with) / p(without) grows by its variance.
    assert all((more > less).all() for less, more in pairwise(means))


@pytest.mark.parametrize(("grounded", "emo_dropout"), [(False, 0.0), (False, 0.2), (True, 0.0)])
def test_a_speaker_without_both_cannot_be_guided(tmp_path: Path, grounded: bool, emo_dropout: float) -> None:
    trained = saved(tmp_path, grounded=grounded, emo_dropout=emo_dropout)
    with pytest.raises(
        UserError, match=r"^captions.guidance is 1.5, but the speaker has not learnt to speak both with"
    ):
        speak(trained, pictures(1).pixels, None, ["a", "b"], manner_of(guidance=1.5))


@pytest.mark.parametrize("rule", RULES)
def test_batches_change_nothing(tmp_path: Path, rule: str) -> None:
    trained, how = saved(tmp_path, grounded=True, emo_dropout=0.2), manner_of(rule=rule, candidates=2, guidance=3.0)
    pixels, names = pictures(2).pixels, list("abcd")
    told = np.eye(len(EMOTIONS), dtype=np.float32)[[0, 1, 6, 8]][:, None]
    for row, wanted in enumerate(speak(trained, pixels, told, names, how)):
        (alone,) = speak(trained, pixels[[row]], told[[row]], names[row : row + 1], how)
        assert [one[:4] for one in alone] == [one[:4] for one in wanted]


def test_a_config_says_its_guidance() -> None:
    assert str(manner_of()) == "beam search of size 3"
    assert str(manner_of(guidance=1.5)) == "beam search of size 3 under guidance 1.5"
