"""Utterances: p(emotion | text) against brute force, neutral captions, phrases that name the content."""

import re
from collections import Counter

import numpy as np
import pytest
from numpy.random import default_rng

from stages.common.emotions import ARTEMIS
from stages.demo import emotions, utterances
from stages.demo.artworks import Artwork, type_out
from stages.demo.descriptions import DETAILS, SCENE_OF, SETTINGS, Description, draw, prior, styles_of
from stages.demo.emotion_phrases import TONES
from stages.demo.picture_phrases import MOTIFS


def brute_force(utterance: utterances.Utterance) -> list[float]:
    """p(emotion | text) as a sum over every description and tone."""
    weights = dict.fromkeys(ARTEMIS.names, 0.0)
    phrases = dict(utterance.phrases)
    for (motif, palette), share in prior().items():
        if phrases["name"] not in utterances.names(motif, palette):
            continue
        kinds = [
            Description(motif, palette, detail, style)
            for detail in DETAILS[SETTINGS[SCENE_OF[motif]]]
            for style in styles_of(SCENE_OF[motif])
        ]
        for kind in kinds:
            for tone in ARTEMIS:
                p = share / len(kinds)
                for slot, phrase in phrases.items():
                    p *= utterances.choices(slot, kind, tone).get(phrase, 0.0)
                for k, emotion in enumerate(ARTEMIS):
                    felt = emotions.of_kind(motif, palette)[k]
                    weights[emotion] += p * felt * utterances.tones(emotion)[tone]
    total = sum(weights.values())
    return [weight / total for weight in weights.values()]


@pytest.mark.parametrize("seed", range(6))
def test_p_emotion_given_text_is_bayes_rule(seed: int) -> None:
    rng = default_rng(seed)
    utterance = utterances.generate(draw(rng), ARTEMIS.names[rng.integers(9)], rng)
    assert utterances.p_emotion_given(utterance) == pytest.approx(brute_force(utterance), abs=1e-12)


def test_p_emotion_given_text_is_calibrated(artworks: list[Artwork]) -> None:
    annotations = [annotation for artwork in artworks for annotation in artwork.annotations]
    accuracy = np.mean([ARTEMIS.names[a.p_emotion_given_words.argmax()] == a.emotion for a in annotations])
    confidence = np.mean([a.p_emotion_given_words.max() for a in annotations])
    assert accuracy == pytest.approx(confidence, abs=0.03)
    assert 0.7 < confidence < 0.8


def test_equal_texts_have_equal_phrases() -> None:
    """Otherwise p(emotion | text) would be a sum over several readings."""
    rng = default_rng(7)
    readings: dict[str, tuple[tuple[str, str], ...]] = {}
    for _ in range(6000):
        utterance = utterances.generate(draw(rng), ARTEMIS.names[rng.integers(9)], rng)
        assert readings.setdefault(utterance.text, utterance.phrases) == utterance.phrases


def test_tables_are_distributions() -> None:
    assert sum(utterances.PATTERNS.values()) == pytest.approx(1)
    for emotion in ARTEMIS:
        assert sum(utterances.tones(emotion).values()) == pytest.approx(1)
        assert min(utterances.tones(emotion).values()) >= 0
    rng = default_rng(8)
    for _ in range(50):
        kind = draw(rng)
        for slot in (*utterances.PICTURE_SLOTS, "clause", "simile", *utterances.TONE_SLOTS):
            assert sum(utterances.choices(slot, kind, "fear").values()) == pytest.approx(1)


def test_no_two_motifs_share_a_name() -> None:
    owners = Counter(
        name for motif, palette in prior() for name in {(motif, n) for n in utterances.names(motif, palette)}
    )
    assert len({name for _, name in owners}) == len(owners)
    assert set(MOTIFS) == set(SCENE_OF)


def test_neutral_captions_have_no_emotional_word() -> None:
    emotional = {word for tone in TONES.values() for word in tone.adjectives}
    emotional |= {"joy", "fear", "rage", "grief", "sorrow", "peace", "dread", "wonder", "disgust", "comfort", *ARTEMIS}
    for motif, palette in prior():
        detail = DETAILS[SETTINGS[SCENE_OF[motif]]][0]
        caption = utterances.neutral(Description(motif, palette, detail, "Realism"))
        tokens = caption.split()
        assert not set(tokens) & emotional
        assert 5 <= len(tokens) <= 14
        assert caption == caption.lower()
        assert not re.search(r"\ba [aeiou]", caption)


def test_only_utterances_of_boats_name_a_boat(artworks: list[Artwork]) -> None:
    shares = {True: [], False: []}  # type: dict[bool, list[bool]]
    for artwork in artworks:
        for annotation in artwork.annotations:
            shares[artwork.description.motif == "boat"].append("boat" in annotation.utterance.lower())
    assert np.mean(shares[True]) > 0.6
    assert np.mean(shares[False]) == 0


def test_utterances_are_varied(artworks: list[Artwork]) -> None:
    texts = [annotation.utterance for artwork in artworks for annotation in artwork.annotations]
    lengths = [len(text.split()) for text in texts]
    assert 13.5 < np.mean(lengths) < 16.5
    assert (min(lengths) >= 4, max(lengths) <= 32) == (True, True)
    for mark in (" like ", "n't", '"', "!", "I ", " i "):
        assert any(mark in text for text in texts)
    assert len(set(texts)) > 0.97 * len(texts)


def test_typing_errors_are_rare_and_keep_the_number_of_words() -> None:
    text = "the little boat on the azure water looks peaceful because it's near home"
    rng = default_rng(9)
    typed = [type_out(text, rng).lower().rstrip(".!").split() for _ in range(2000)]
    wrong = np.mean([a != b for line in typed for a, b in zip(line, text.split(), strict=True)])
    assert wrong == pytest.approx(0.0223, abs=0.004)  # 2.9 % of the 10 longer words out of 13
