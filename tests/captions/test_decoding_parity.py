"""Beam and greedy search give the captions of ArtEmis' code, in batches of any size."""

from itertools import chain
from typing import Any

import pytest

from stages.captions.beam_search import beam
from stages.captions.decoding import greedy
from stages.captions.hypotheses import Constraints
from stages.utterances.vocabulary import EOS, PAD, SOS, UNK
from tests.speaker.decoder_cases import Case, case, needs_parity

pytestmark = [
    needs_parity,
    pytest.mark.parametrize("kind", ["plain", "grounded"]),
    pytest.mark.parametrize("batch", [1, 5, 12]),
]
# ArtEmis' maps begin with a map of ones, for <sos>.
PLACES = 16


def _in_batches(search: Any, given: Case, batch: int, **settings: Any) -> list[Any]:
    features = given.features.split(batch)
    emotions = [None] * len(features) if given.emotion is None else given.emotion.split(batch)
    batches = zip(features, emotions, strict=True)
    return list(chain.from_iterable(search(given.model, *inputs, **settings) for inputs in batches))


def _constraints(given: Case, *, unknown: bool, repeated_pair: bool) -> Constraints:
    # ArtEmis bans neither <pad> nor <sos>.
    return Constraints(SOS, EOS, () if unknown else (UNK,), given.words["and"], not repeated_pair)


@pytest.mark.parametrize("setting", range(5))
def test_beam(kind: str, batch: int, setting: int) -> None:
    given = case(kind)
    expected = given.expected["beam"][setting]
    found = _in_batches(
        beam,
        given,
        batch,
        constraints=_constraints(given, unknown=not expected["drop_unk"], repeated_pair=not expected["drop_bigrams"]),
        size=expected["beam_size"],
        temperature=expected["temperature"],
        max_length=expected["max_iter"],
    )
    captions = [[[SOS, *each.words, EOS] for each in hypotheses if each.finished] for hypotheses in found]
    assert captions == expected["captions"]
    for hypotheses, scores in zip(found, expected["scores"], strict=True):
        assert [each.log_probability for each in hypotheses] == pytest.approx(scores, abs=1e-4)
    attention = [float(hypotheses[0].attention.sum()) + PLACES for hypotheses in found]
    assert attention == pytest.approx(expected["best_alpha_sum"], abs=1e-4)


def test_greedy(kind: str, batch: int) -> None:
    given = case(kind)
    constraints = _constraints(given, unknown=False, repeated_pair=False)
    found = _in_batches(greedy, given, batch, constraints=constraints, temperature=1.0, max_length=10)
    captions = [[SOS, *hypothesis.words, EOS] for hypothesis in found]
    expected = given.expected["argmax_one_picture_at_a_time"]
    assert captions == [[word for word in words if word != PAD] for words in expected]
