"""Classifier-free guidance between a speaker with its emotion and without."""

from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from stages.captions.beam_search import beam
from stages.captions.captioner import generate
from stages.captions.conditioning import Guided, guided
from stages.captions.hypotheses import Constraints, Hypothesis
from stages.common.emotions import ARTEMIS
from stages.common.errors import UserError
from stages.learning.backbones import Backbone
from stages.speaker.interface import Network, State, one_hot
from stages.speaker.registry import ARCHITECTURES, build
from tests.captions.captioning import RULES, plan_of
from tests.captions.table_speaker import TableSpeaker
from tests.speaker.two_colours import network_config, pictures, saved

TOKENS = torch.tensor([[1, 5, 6, 7, 2], [1, 8, 9, 2, 0], [1, 6, 2, 0, 0]])
LENGTHS = torch.tensor([4, 3, 2])
PIXELS = torch.randint(0, 256, (3, 64, 64, 3), generator=torch.Generator().manual_seed(3), dtype=torch.uint8)
EMOTION = one_hot(torch.tensor([0, 3, 8]), len(ARTEMIS))
every = pytest.mark.parametrize("arch", ARCHITECTURES)


@cache
def _speaker(arch: str) -> Network:
    """A speaker whose scores differ much between emotions, and without one."""
    torch.manual_seed(7)
    model = build(network_config(arch, grounded=True, emo_dropout=0.1), Backbone("test_resnet")).eval()
    with torch.no_grad():
        if arch != "language_model":
            model.words.weight.mul_(10)
    return model


class TwoWords(TableSpeaker):
    """Scores the words 3 and 4: equally likely with an emotion, 3 four times as likely without."""

    def start(self, features: Tensor, emotion: Tensor | None) -> State:
        return (torch.full((len(features), 1), 0.0 if emotion is None else 1.0),)

    def step(self, tokens: Tensor, state: State) -> tuple[Tensor, State, Tensor]:
        even, uneven = torch.tensor([0, 0, 0, 0.5, 0.5]), torch.tensor([0, 0, 0, 0.8, 0.2])
        # A constant added to all logits does not change the probabilities.
        logits = torch.where(state[0] > 0, even, uneven).log() + 5 * state[0]
        return logits, state, state[0]


@pytest.mark.parametrize(("guidance", "expected"), [(0.0, 0.8), (1.0, 0.5), (2.0, 0.2), (3.0, 1 / 17)])
def test_guidance_by_hand(guidance: float, expected: float) -> None:
    speaker = Guided(TwoWords(), guidance)
    # At 3: .8 (.5/.8)^3 : .2 (.5/.2)^3 = 1 : 16.
    logits, state, attention = speaker.step(torch.tensor([1]), speaker.start(torch.zeros(1, 1, 1), EMOTION[:1]))
    logits[:, :3] = -torch.inf
    assert logits.softmax(-1)[0, 3].item() == pytest.approx(expected, abs=1e-6)
    assert (len(state), attention.item()) == (2, 1)


@every
def test_stepping_equals_teacher_forcing(arch: str) -> None:
    speaker = Guided(_speaker(arch), 2.5)
    features = speaker.encode(PIXELS)
    forced, state = speaker.teach(features, TOKENS, LENGTHS, EMOTION), speaker.start(features, EMOTION)
    logits = []
    for t, count in enumerate([3, 3, 2, 1]):
        scores, state, _ = speaker.step(TOKENS[:, t], state)
        logits.append(scores[:count])
    torch.testing.assert_close(forced.logits, torch.cat(logits), atol=1e-4, rtol=0)


@every
def test_guidance_1_is_the_speaker_itself(arch: str) -> None:
    model = _speaker(arch)
    assert guided(model, 1.0) is model


@every
def test_guidance_0_is_the_speaker_without_an_emotion(arch: str) -> None:
    model = _speaker(arch)
    features = model.encode(PIXELS)
    for found, expected in zip(_beam(model, 0.0, EMOTION), _beam(model, 1.0, None), strict=True):
        assert [hypothesis.words for hypothesis in found] == [hypothesis.words for hypothesis in expected]
        likelihoods = [hypothesis.log_probability for hypothesis in expected]
        assert [hypothesis.log_probability for hypothesis in found] == pytest.approx(likelihoods, abs=1e-4)
    scores, _, _ = guided(model, 0.0).step(TOKENS[:, 0], guided(model, 0.0).start(features, EMOTION))
    without, _, _ = model.step(TOKENS[:, 0], model.start(features, None))
    torch.testing.assert_close(scores, without.log_softmax(-1))


def _beam(model: Network, guidance: float, emotion: Tensor | None) -> list[list[Hypothesis]]:
    constraints = Constraints(start=1, end=2, banned=(0, 1), conjunction=-1)
    return beam(
        guided(model, guidance), model.encode(PIXELS), emotion, constraints, size=3, temperature=1.0, max_length=5
    )


@every
def test_more_guidance_prefers_words_that_the_emotion_makes_likelier(arch: str) -> None:
    model = _speaker(arch)
    features = model.encode(PIXELS)
    with_emotion, without = (
        model.teach(features, TOKENS, LENGTHS, emotion).logits.log_softmax(-1) for emotion in (EMOTION, None)
    )
    means = []
    for guidance in (0.0, 0.5, 1.0, 2.0, 4.0):
        shares = Guided(model, guidance).teach(features, TOKENS, LENGTHS, EMOTION).logits.softmax(-1)
        means.append((shares * (with_emotion - without)).sum(-1))  # (words,)
    # In an exponential family the derivative of this mean is the variance, which is positive.
    assert all((more > less).all() for less, more in pairwise(means))


@pytest.mark.parametrize(("grounded", "emo_dropout"), [(False, 0.0), (False, 0.2), (True, 0.0)])
def test_guidance_of_a_speaker_that_is_not_trained_for_it_is_an_error(
    tmp_path: Path, grounded: bool, emo_dropout: float
) -> None:
    trained = saved(tmp_path, grounded=grounded, emo_dropout=emo_dropout)
    with pytest.raises(UserError, match=r"^captions.guidance is 1.5, but the speaker is not trained both with and"):
        generate(trained, pictures(1).pixels, None, ["a", "b"], plan_of(guidance=1.5))


@pytest.mark.parametrize("rule", RULES)
def test_guided_captions_do_not_depend_on_the_batch(tmp_path: Path, rule: str) -> None:
    trained, plan = saved(tmp_path, grounded=True, emo_dropout=0.2), plan_of(rule=rule, candidates=2, guidance=3.0)
    pixels, names = pictures(2).pixels, list("abcd")
    conditions = np.eye(len(ARTEMIS), dtype=np.float32)[[0, 1, 6, 8]][:, None]
    for row, expected in enumerate(generate(trained, pixels, conditions, names, plan)):
        (alone,) = generate(trained, pixels[[row]], conditions[[row]], names[row : row + 1], plan)
        assert [caption[:4] for caption in alone] == [caption[:4] for caption in expected]
