"""The words: p(emotion | words) against brute force, neutral captions, and words that name what is there."""

import re
from collections import Counter

import numpy as np
import pytest
from numpy.random import default_rng

from stages.common.emotions import EMOTIONS
from stages.demo import emotions, words
from stages.demo.artworks import Artwork, type_out
from stages.demo.descriptions import DETAILS, SCENE_OF, SETTINGS, Description, draw, prior, styles_of
from stages.demo.sights import SIGHTS
from stages.demo.voices import VOICES


def brute_force(utterance: words.Utterance) -> list[float]:
    """p(emotion | words) by summing over every description and voice, one at a time."""
    weights = dict.fromkeys(EMOTIONS, 0.0)
    phrases = dict(utterance.phrases)
    for (motif, palette), share in prior().items():
        if phrases["name"] not in words.names(motif, palette):
            continue
        kinds = [
            Description(motif, palette, detail, style)
            for detail in DETAILS[SETTINGS[SCENE_OF[motif]]]
            for style in styles_of(SCENE_OF[motif])
        ]
        for kind in kinds:
            for voice in EMOTIONS:
                p = share / len(kinds)
                for slot, phrase in phrases.items():
                    p *= words.choices(slot, kind, voice).get(phrase, 0.0)
                for k, emotion in enumerate(EMOTIONS):
                    felt = emotions.of_kind(motif, palette)[k]
                    weights[emotion] += p * felt * words.voices(emotion)[voice]
    total = sum(weights.values())
    return [weight / total for weight in weights.values()]


@pytest.mark.parametrize("seed", range(6))
def test_p_emotion_given_words_is_bayes_rule(seed: int) -> None:
    rng = default_rng(seed)
    utterance = words.utter(draw(rng), EMOTIONS[rng.integers(9)], rng)
    assert words.p_emotion_given(utterance) == pytest.approx(brute_force(utterance), abs=1e-12)


def test_p_emotion_given_words_is_calibrated(artworks: list[Artwork]) -> None:
    said = [one for artwork in artworks for one in artwork.annotations]
    right = np.mean([EMOTIONS[one.p_emotion_given_words.argmax()] == one.emotion for one in said])
    promised = np.mean([one.p_emotion_given_words.max() for one in said])
    assert right == pytest.approx(promised, abs=0.03)
    assert 0.7 < promised < 0.8


def test_same_words_mean_same_phrases() -> None:
    """Otherwise p(emotion | words) would have to add up several readings."""
    rng = default_rng(7)
    readings: dict[str, tuple[tuple[str, str], ...]] = {}
    for _ in range(6000):
        utterance = words.utter(draw(rng), EMOTIONS[rng.integers(9)], rng)
        assert readings.setdefault(utterance.words, utterance.phrases) == utterance.phrases


def test_tables_are_distributions() -> None:
    assert sum(words.PATTERNS.values()) == pytest.approx(1)
    for emotion in EMOTIONS:
        assert sum(words.voices(emotion).values()) == pytest.approx(1)
        assert min(words.voices(emotion).values()) >= 0
    rng = default_rng(8)
    for _ in range(50):
        kind = draw(rng)
        for slot in ("name", "light", "clause", "simile", "strokes", *words.VOICED):
            assert sum(words.choices(slot, kind, "fear").values()) == pytest.approx(1)


def test_a_motif_is_known_by_its_name() -> None:
    """No two motifs share a name, so that the verb's number never depends on more than the name."""
    owners = Counter(name for motif, palette in prior() for name in {(motif, n) for n in words.names(motif, palette)})
    assert len({name for _, name in owners}) == len(owners)
    assert set(SIGHTS) == set(SCENE_OF)


def test_neutral_captions_feel_nothing() -> None:
    felt = {word for voice in VOICES.values() for word in voice.adjectives}
    felt |= {"joy", "fear", "rage", "grief", "sorrow", "peace", "dread", "wonder", "disgust", "comfort", *EMOTIONS}
    for motif, palette in prior():
        detail = DETAILS[SETTINGS[SCENE_OF[motif]]][0]
        caption = words.neutral(Description(motif, palette, detail, "Realism"))
        tokens = caption.split()
        assert not set(tokens) & felt
        assert 5 <= len(tokens) <= 14
        assert caption == caption.lower()
        assert not re.search(r"\ba [aeiou]", caption)


def test_words_name_what_is_there(artworks: list[Artwork]) -> None:
    shares = {True: [], False: []}  # type: dict[bool, list[bool]]
    for artwork in artworks:
        for one in artwork.annotations:
            shares[artwork.description.motif == "boat"].append("boat" in one.utterance.lower())
    assert np.mean(shares[True]) > 0.6
    assert np.mean(shares[False]) == 0


def test_utterances_are_varied(artworks: list[Artwork]) -> None:
    said = [one.utterance for artwork in artworks for one in artwork.annotations]
    lengths = [len(utterance.split()) for utterance in said]
    assert 13.5 < np.mean(lengths) < 16.5
    assert (min(lengths) >= 4, max(lengths) <= 32) == (True, True)
    for mark in (" like ", "n't", '"', "!", "I ", " i "):
        assert any(mark in utterance for utterance in said)
    assert len(set(said)) > 0.97 * len(said)


def test_typing_errors_are_rare_and_keep_the_words() -> None:
    words_said = "the little boat on the azure water looks peaceful because it's near home"
    rng = default_rng(9)
    typed = [type_out(words_said, rng).lower().rstrip(".!").split() for _ in range(2000)]
    wrong = np.mean([a != b for line in typed for a, b in zip(line, words_said.split(), strict=True)])
    assert wrong == pytest.approx(0.0223, abs=0.004)  # 2.9 % of the 10 longer words out of 13
