"""Utterances: from a description and an emotion to text, and p(emotion | text) by Bayes' rule.

An annotator with an emotion uses a tone (mostly that of the emotion, see
`emotion_phrases.BORROWED`), draws a sentence pattern and fills its slots. Each slot depends
on the description, on the tone or on both, and on nothing else:

    p(text | e, kind) = sum over t of p(t | e) * product over slots of p(phrase | t, kind)

Patterns do not depend on the emotion and cancel. Different phrases never give the same
text, so the phrases stand for the text. Typing errors come last and change no probability.
"""

import re
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.random import Generator

from stages.common.emotions import ARTEMIS
from stages.demo import emotions, picture_phrases
from stages.demo.descriptions import DETAILS, MOTIFS, PALETTES, SCENE_OF, SETTINGS, Description, prior, styles_of
from stages.demo.emotion_phrases import BORROWED, BRIGHT, TONES
from stages.demo.picture_phrases import MOTIF_COLOURS, PALETTE_COLOURS

# Sentence patterns and their shares. {feels}, {looks}, {seems} and {is} agree with {name} in number.
PATTERNS = {
    "{name} {feels} {adjective} because {clause}": 0.13,
    "{name} {looks} {adjective} with {detail}": 0.1,
    "{name} {is} {adjective}, {clause}": 0.08,
    "i feel {noun} when i see {name}. {clause}": 0.08,
    "with {detail} {name} {seems} {adjective} to me": 0.08,
    "{name} {looks} like {simile}, so {adjective}": 0.08,
    "{name} and {detail} remind me of {memory}": 0.06,
    "{clause} and i want to {wish}. {name} {is} so {adjective}": 0.06,
    "{style} make {name} {adjective}, {clause}": 0.05,
    "{detail} and {name} make me feel {noun}": 0.05,
    "so {adjective}! {name} and {detail}": 0.05,
    '{name} might say "{saying}"': 0.04,
    "{style} and {name} look {adjective}": 0.04,
    "{name} {is} {adjective}, maybe it's {detail}": 0.04,
    "there's something {adjective} about {name}, it's like {simile}": 0.03,
    "seeing {name} i want to {wish}, {clause}": 0.03,
}
PLURALS = {"feels": "feel", "looks": "look", "seems": "seem", "is": "are"}
SLOT = re.compile(r"{(\w+)}")
# Shares of the motif's plain name ("the boat"), and of a detail without its place.
PLAIN_NAME = 0.3
NO_PLACE = 0.7
# Slots that depend on the tone only, and the fields of `Tone` that hold their phrases.
TONE_SLOTS = {"adjective": "adjectives", "noun": "nouns", "memory": "memories", "wish": "wishes", "saying": "sayings"}
# Slots that depend on the picture only; "clause" and "simile" depend on both.
PICTURE_SLOTS = ("name", "detail", "style")

Phrases = dict[str, float]  # phrase -> probability; they add up to 1


@dataclass(frozen=True)
class Utterance:
    """Text without typing errors, and the phrase in each slot of its pattern."""

    text: str
    phrases: tuple[tuple[str, str], ...]


def generate(description: Description, emotion: str, rng: Generator) -> Utterance:
    """The utterance of one annotator with `emotion`, without typing errors."""
    tone = _draw(tones(emotion), rng)
    pattern = _draw(PATTERNS, rng)
    slots = [slot for slot in SLOT.findall(pattern) if slot not in PLURALS]
    phrases = {slot: _draw(choices(slot, description, tone), rng) for slot in slots}
    plural = picture_phrases.MOTIFS[description.motif].plural
    verbs = {verb: form if plural else verb for verb, form in PLURALS.items()}
    return Utterance(pattern.format(**phrases, **verbs), tuple(phrases.items()))


def _draw(table: Phrases, rng: Generator) -> str:
    """One draw by walking the table: a single random number and additions in a fixed order."""
    left = rng.random() * sum(table.values())
    for phrase, p in table.items():
        left -= p
        if left < 0:
            return phrase
    return phrase


def neutral(description: Description) -> str:
    """A caption of the content without emotion, in lower case."""
    template = picture_phrases.MOTIFS[description.motif].neutral
    caption = template.format(a=MOTIF_COLOURS[description.palette], b=PALETTE_COLOURS[description.palette][0])
    return re.sub(r"\ba (?=[aeiou])", "an ", caption)


# The probabilities of phrases.


def choices(slot: str, description: Description, tone: str) -> Phrases:
    """p(phrase | description, tone) of any slot."""
    if slot == "name":
        return names(description.motif, description.palette)
    if slot == "detail":
        return details(description.scene, description.palette, description.detail)
    if slot == "style":
        return skewed(picture_phrases.STYLES[description.style])
    if slot == "clause":
        return clauses(description.motif, tone)
    if slot == "simile":
        return similes(description.motif, tone)
    return skewed(getattr(TONES[tone], TONE_SLOTS[slot]))


@cache
def tones(emotion: str) -> Phrases:
    """p(tone | emotion)."""
    borrowed = BORROWED[emotion]
    rest = 1 - sum(borrowed.values())
    return {tone: rest if tone == emotion else borrowed.get(tone, 0.0) for tone in ARTEMIS}


@cache
def names(motif: str, palette: str) -> Phrases:
    """p(phrase | motif, palette) of the motif's name."""
    long_names = _coloured(skewed(picture_phrases.MOTIFS[motif].names), palette)
    return {name: p * (1 - PLAIN_NAME) for name, p in long_names.items()} | {f"the {motif}": PLAIN_NAME}


@cache
def details(scene: str, palette: str, detail: str) -> Phrases:
    """p(phrase | scene, palette, detail) of the detail's name and place."""
    heads = _coloured(skewed(picture_phrases.DETAILS[detail][palette]), palette)
    places = {f" {place}": p * (1 - NO_PLACE) for place, p in skewed(picture_phrases.PLACES[scene]).items()}
    return {head + place: p * q for head, p in heads.items() for place, q in (places | {"": NO_PLACE}).items()}


@cache
def clauses(motif: str, tone: str) -> Phrases:
    """p(phrase | motif, tone) of the clause that gives the reason."""
    words, bright = picture_phrases.MOTIFS[motif], BRIGHT[tone]
    parts = ((words.bright, bright), (words.dark, 1 - bright))
    return {phrase: p * share for phrases, share in parts for phrase, p in skewed(phrases).items()}


@cache
def similes(motif: str, tone: str) -> Phrases:
    """p(phrase | motif, tone) of the comparison."""
    words = picture_phrases.MOTIFS[motif]
    return {words.bright_simile: BRIGHT[tone], words.dark_simile: 1 - BRIGHT[tone]}


def skewed(phrases: tuple[str, ...]) -> Phrases:
    """Decreasing probabilities: weights 1/2, 1/3, 1/4 ..., normalised."""
    weights = [1 / (rank + 2) for rank in range(len(phrases))]
    return {phrase: weight / sum(weights) for phrase, weight in zip(phrases, weights, strict=True)}


def _coloured(templates: Phrases, palette: str) -> Phrases:
    """Insert colour names into templates; the palette's first name has a share of two thirds."""
    table: Phrases = {}
    for template, p in templates.items():
        for colour, share in zip(PALETTE_COLOURS[palette], (2 / 3, 1 / 3), strict=True):
            phrase = template.format(a=MOTIF_COLOURS[palette], b=colour)
            table[phrase] = table.get(phrase, 0.0) + p * share
    return table


# Bayes' rule.


def p_emotion_given(utterance: Utterance) -> np.ndarray:
    """p(emotion | text) (9,) of a reader who knows the process that made the corpus but not the picture."""
    by_picture = np.ones((len(MOTIFS), len(PALETTES)))
    by_tone = np.ones((len(MOTIFS), len(ARTEMIS)))
    for slot, phrase in utterance.phrases:
        if slot in PICTURE_SLOTS:
            by_picture = by_picture * _picture_likelihood(slot, phrase)
        else:
            by_tone = by_tone * _tone_likelihood(slot, phrase)
    by_emotion = (by_picture[:, :, None] * _joint_prior()).sum(axis=1)  # (motifs, emotions)
    joint = (by_emotion[:, :, None] * by_tone[:, None, :]).sum(axis=0)  # (emotions, tones)
    weights = (joint * _tone_table()).sum(axis=1)
    return weights / weights.sum()


@cache
def _picture_likelihood(slot: str, phrase: str) -> np.ndarray:
    """p(phrase | motif, palette) of a slot that depends on the picture only (motifs, palettes)."""
    table = np.zeros((len(MOTIFS), len(PALETTES)))
    for i, motif in enumerate(MOTIFS):
        scene = SCENE_OF[motif]
        if slot == "style":
            styles = [skewed(picture_phrases.STYLES[style]) for style in styles_of(scene)]
            table[i] = np.mean([style.get(phrase, 0.0) for style in styles])
            continue
        for j, palette in enumerate(PALETTES):
            if slot == "name":
                table[i, j] = names(motif, palette).get(phrase, 0.0)
            else:
                tables = [details(scene, palette, detail) for detail in DETAILS[SETTINGS[scene]]]
                table[i, j] = np.mean([detail.get(phrase, 0.0) for detail in tables])
    return table


@cache
def _tone_likelihood(slot: str, phrase: str) -> np.ndarray:
    """p(phrase | motif, tone) of a slot that depends on the tone (motifs, tones)."""
    if slot in TONE_SLOTS:
        row = [skewed(getattr(TONES[tone], TONE_SLOTS[slot])).get(phrase, 0.0) for tone in ARTEMIS]
        return np.tile(row, (len(MOTIFS), 1))
    choose = clauses if slot == "clause" else similes
    return np.array([[choose(motif, tone).get(phrase, 0.0) for tone in ARTEMIS] for motif in MOTIFS])


@cache
def _joint_prior() -> np.ndarray:
    """p(motif, palette, emotion) of a corpus (motifs, palettes, emotions)."""
    table = np.zeros((len(MOTIFS), len(PALETTES), len(ARTEMIS)))
    for (motif, palette), share in prior().items():
        table[MOTIFS.index(motif), PALETTES.index(palette)] = share * emotions.of_kind(motif, palette)
    return table


@cache
def _tone_table() -> np.ndarray:
    """p(tone | emotion) (emotions, tones)."""
    return np.array([[tones(emotion)[tone] for tone in ARTEMIS] for emotion in ARTEMIS])
