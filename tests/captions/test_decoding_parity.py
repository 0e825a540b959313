"""Beam and greedy search return what the reference's do, in batches of any size."""

from itertools import chain
from typing import Any

import pytest

from stages.captions.decoding import beam, greedy
from stages.captions.hypotheses import Rules
from stages.utterances.vocabulary import EOS, PAD, SOS, UNK
from tests.speaker.decoder_cases import Case, case, needs_parity

pytestmark = [
    needs_parity,
    pytest.mark.parametrize("kind", ["plain", "grounded"]),
    pytest.mark.parametrize("batch", [1, 5, 12]),
]
# The reference's maps begin with one of ones, for <sos>.
PLACES = 16


def _in_batches(search: Any, given: Case, batch: int, **dials: Any) -> list[Any]:
    features = given.features.split(batch)
    emotions = [None] * len(features) if given.emotion is None else given.emotion.split(batch)
    found = (search(given.model, *one, **dials) for one in zip(features, emotions, strict=True))
    return list(chain.from_iterable(found))


def _rules(given: Case, *, unknown: bool, repeated_pair: bool) -> Rules:
    # The reference bans neither <pad> nor <sos>.
    return Rules(SOS, EOS, () if unknown else (UNK,), given.words["and"], not repeated_pair)


@pytest.mark.parametrize("setting", range(5))
def test_beam(kind: str, batch: int, setting: int) -> None:
    given = case(kind)
    wanted = given.found["beam"][setting]
    rules = _rules(given, unknown=not wanted["drop_unk"], repeated_pair=not wanted["drop_bigrams"])
    found = _in_batches(
        beam,
        given,
        batch,
        rules=rules,
        size=wanted["beam_size"],
        temperature=wanted["temperature"],
        max_length=wanted["max_iter"],
    )
    captions = [[[SOS, *one.words, EOS] for one in picture if one.finished] for picture in found]
    assert captions == wanted["captions"]
    for picture, scores in zip(found, wanted["scores"], strict=True):
        assert [one.log_probability for one in picture] == pytest.approx(scores, abs=1e-4)
    attended = [float(picture[0].attention.sum()) + PLACES for picture in found]
    assert attended == pytest.approx(wanted["best_alpha_sum"], abs=1e-4)


def test_greedy(kind: str, batch: int) -> None:
    given = case(kind)
    rules = _rules(given, unknown=False, repeated_pair=False)
    found = _in_batches(greedy, given, batch, rules=rules, temperature=1.0, max_length=10)
    captions = [[SOS, *only.words, EOS] for only in found]
    wanted = given.found["argmax_one_picture_at_a_time"]
    assert captions == [[word for word in one if word != PAD] for one in wanted]
