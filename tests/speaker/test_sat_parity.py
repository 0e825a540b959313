"""Show-Attend-Tell with the reference's weights computes the reference's numbers, to 1e-5."""

from typing import NamedTuple

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from formats.artemis.speaker import renamed
from stages.speaker.data import attention_energy
from stages.speaker.interface import Taught
from stages.speaker.sat import captions_at_each_step
from stages.utterances.vocabulary import EOS
from tests.speaker.decoder_cases import Case, case, needs_parity

pytestmark = needs_parity
both = pytest.mark.parametrize("kind", ["plain", "grounded"])
TOLERANCE = 1e-5


class Forced(NamedTuple):
    """Teacher forcing of a case's captions, longest first."""

    taught: Taught
    order: Tensor  # (12,) the caption in each place
    lengths: Tensor  # (12,) descending


def _teach(given: Case) -> Forced:
    lengths = (given.captions == EOS).int().argmax(1)
    order = lengths.argsort(descending=True, stable=True)
    emotion = None if given.emotion is None else given.emotion[order]
    taught = given.model.teach(given.features[order], given.captions[order], lengths[order], emotion)
    return Forced(taught, order, lengths[order])


def _per_caption(forced: Forced, packed: Tensor) -> list[Tensor]:
    """From values packed step by step to one tensor a caption, in the captions' own order."""
    steps = packed.split(captions_at_each_step(forced.lengths))
    places = forced.order.argsort().tolist()
    return [torch.stack([step[place] for step in steps if place < len(step)]) for place in places]


def _same(found: Tensor, wanted: object) -> None:
    torch.testing.assert_close(found, torch.as_tensor(wanted), atol=TOLERANCE, rtol=0)


@both
def test_logits(kind: str) -> None:
    given = case(kind)
    forced = _teach(given)
    logits = _per_caption(forced, forced.taught.logits)
    assert [len(one) for one in logits] == [4, 5, 6, 7, 8, 9, 10, 4, 5, 6, 7, 8]
    for one, wanted in zip(logits, given.found["logits_per_caption"], strict=True):
        _same(one, wanted)


@both
def test_attention(kind: str) -> None:
    given = case(kind)
    forced = _teach(given)
    for place, caption in enumerate(forced.order.tolist()):
        wanted = torch.tensor(given.found["attention_per_caption"][caption])  # (words + 1, 16)
        _same(forced.taught.attention[place], wanted.sum(0))
        state = given.model.start(
            given.features[[caption]], None if given.emotion is None else given.emotion[[caption]]
        )
        for token, row in zip(given.captions[caption], wanted, strict=False):
            _, state, attention = given.model.step(token[None], state)
            _same(attention[0], row)


@both
def test_losses(kind: str) -> None:
    given = case(kind)
    forced = _teach(given)
    entropy = functional.cross_entropy(forced.taught.logits, forced.taught.targets).item()
    assert entropy == pytest.approx(given.found["ce"], abs=TOLERANCE)
    assert entropy == pytest.approx(given.found["nll"], abs=TOLERANCE)
    energy = attention_energy(forced.taught.attention, forced.lengths).item() / len(forced.lengths)
    assert energy == pytest.approx(given.found["doubly_stochastic"], abs=TOLERANCE)


def test_log_probabilities_of_each_token() -> None:
    # The reference does so for plain speakers alone.
    given = case("plain")
    forced = _teach(given)
    scores = functional.log_softmax(forced.taught.logits, -1).gather(1, forced.taught.targets[:, None])[:, 0]
    for one, wanted in zip(_per_caption(forced, scores), given.found["log_probs"], strict=True):
        _same(one, wanted[: len(one)])


@both
def test_gradient_norms(kind: str) -> None:
    given = case(kind)
    given.model.zero_grad()
    forced = _teach(given)
    loss = functional.cross_entropy(forced.taught.logits, forced.taught.targets)
    loss = loss + attention_energy(forced.taught.attention, forced.lengths) / len(forced.lengths)
    loss.backward()
    norms = {name: value.grad.norm().item() for name, value in given.model.named_parameters() if value.grad is not None}
    wanted = renamed({f"decoder.{name}": norm for name, norm in given.found["grad_l2"].items()})
    # A softmax does not feel what all of its scores share: noise in both.
    assert norms.pop("attention.score.bias") < TOLERANCE
    assert wanted.pop("attention.score.bias") < TOLERANCE
    assert norms == pytest.approx(wanted, abs=TOLERANCE)
