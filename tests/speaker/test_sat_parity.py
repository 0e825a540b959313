"""Show, Attend and Tell with the weights of ArtEmis' decoder computes its outputs, to 1e-5."""

from typing import NamedTuple

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from formats.artemis.speaker import renamed
from stages.speaker.data import attention_energy
from stages.speaker.interface import TeacherForced
from stages.speaker.sat import captions_at_each_step
from stages.utterances.vocabulary import EOS
from tests.speaker.decoder_cases import Case, case, needs_parity

pytestmark = needs_parity
both = pytest.mark.parametrize("kind", ["plain", "grounded"])
TOLERANCE = 1e-5


class Forced(NamedTuple):
    """Teacher forcing of a case's captions, longest first."""

    scores: TeacherForced
    order: Tensor  # (12,) index of the caption in each row
    lengths: Tensor  # (12,) descending


def _teach(given: Case) -> Forced:
    lengths = (given.captions == EOS).int().argmax(1)
    order = lengths.argsort(descending=True, stable=True)
    emotion = None if given.emotion is None else given.emotion[order]
    scores = given.model.teach(given.features[order], given.captions[order], lengths[order], emotion)
    return Forced(scores, order, lengths[order])


def _per_caption(forced: Forced, packed: Tensor) -> list[Tensor]:
    """From values packed step by step to one tensor per caption, in the original order."""
    steps = packed.split(captions_at_each_step(forced.lengths))
    places = forced.order.argsort().tolist()
    return [torch.stack([step[place] for step in steps if place < len(step)]) for place in places]


def _assert_close(actual: Tensor, expected: object) -> None:
    torch.testing.assert_close(actual, torch.as_tensor(expected), atol=TOLERANCE, rtol=0)


@both
def test_logits(kind: str) -> None:
    given = case(kind)
    forced = _teach(given)
    logits = _per_caption(forced, forced.scores.logits)
    assert [len(caption) for caption in logits] == [4, 5, 6, 7, 8, 9, 10, 4, 5, 6, 7, 8]
    for caption, expected in zip(logits, given.expected["logits_per_caption"], strict=True):
        _assert_close(caption, expected)


@both
def test_attention(kind: str) -> None:
    given = case(kind)
    forced = _teach(given)
    for place, caption in enumerate(forced.order.tolist()):
        expected = torch.tensor(given.expected["attention_per_caption"][caption])  # (words + 1, 16)
        _assert_close(forced.scores.attention[place], expected.sum(0))
        state = given.model.start(
            given.features[[caption]], None if given.emotion is None else given.emotion[[caption]]
        )
        for token, row in zip(given.captions[caption], expected, strict=False):
            _, state, attention = given.model.step(token[None], state)
            _assert_close(attention[0], row)


@both
def test_losses(kind: str) -> None:
    given = case(kind)
    forced = _teach(given)
    entropy = functional.cross_entropy(forced.scores.logits, forced.scores.targets).item()
    assert entropy == pytest.approx(given.expected["ce"], abs=TOLERANCE)
    assert entropy == pytest.approx(given.expected["nll"], abs=TOLERANCE)
    energy = attention_energy(forced.scores.attention, forced.lengths).item() / len(forced.lengths)
    assert energy == pytest.approx(given.expected["doubly_stochastic"], abs=TOLERANCE)


def test_log_probabilities_of_each_token() -> None:
    # ArtEmis computes them for plain speakers only.
    given = case("plain")
    forced = _teach(given)
    scores = functional.log_softmax(forced.scores.logits, -1).gather(1, forced.scores.targets[:, None])[:, 0]
    for caption, expected in zip(_per_caption(forced, scores), given.expected["log_probs"], strict=True):
        _assert_close(caption, expected[: len(caption)])


@both
def test_gradient_norms(kind: str) -> None:
    given = case(kind)
    given.model.zero_grad()
    forced = _teach(given)
    loss = functional.cross_entropy(forced.scores.logits, forced.scores.targets)
    loss = loss + attention_energy(forced.scores.attention, forced.lengths) / len(forced.lengths)
    loss.backward()
    norms = {name: value.grad.norm().item() for name, value in given.model.named_parameters() if value.grad is not None}
    expected = renamed({f"decoder.{name}": norm for name, norm in given.expected["grad_l2"].items()})
    # A softmax is invariant to this bias, so its gradient is a rounding error in both.
    assert norms.pop("attention.score.bias") < TOLERANCE
    assert expected.pop("attention.score.bias") < TOLERANCE
    assert norms == pytest.approx(expected, abs=TOLERANCE)
