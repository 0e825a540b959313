"""From a description and an emotion to an utterance, and back: p(emotion | words) by Bayes' rule.

An annotator who feels an emotion speaks in a voice (mostly the emotion's own, see
`voices.BORROWED`), takes a sentence pattern and fills its slots. Each slot depends on
the description, on the voice or on both, and on nothing else:

    p(words | e, kind) = sum over v of p(v | e) * product over slots of p(phrase | v, kind)

Patterns do not depend on the emotion and cancel. Different choices never give the
same words, so the phrases stand for the words.
"""

import re
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.random import Generator

from stages.common.emotions import EMOTIONS
from stages.demo import emotions
from stages.demo.descriptions import DETAILS, MOTIFS, PALETTES, SCENE_OF, SETTINGS, Description, prior, styles_of
from stages.demo.sights import LIGHTS, NAMED, SIGHTS, STROKES, TAILS, TINTS
from stages.demo.voices import BORROWED, BRIGHT, VOICES

# Sentence patterns and their shares. {feels}, {looks}, {seems} and {is} agree with {name}.
PATTERNS = {
    "{name} {feels} {adjective} because {clause}": 0.13,
    "{name} {looks} {adjective} with {light}": 0.1,
    "{name} {is} {adjective}, {clause}": 0.08,
    "i feel {noun} when i see {name}. {clause}": 0.08,
    "with {light} {name} {seems} {adjective} to me": 0.08,
    "{name} {looks} like {simile}, so {adjective}": 0.08,
    "{name} and {light} remind me of {memory}": 0.06,
    "{clause} and i want to {wish}. {name} {is} so {adjective}": 0.06,
    "{strokes} make {name} {adjective}, {clause}": 0.05,
    "{light} and {name} make me feel {noun}": 0.05,
    "so {adjective}! {name} and {light}": 0.05,
    '{name} might say "{saying}"': 0.04,
    "{strokes} and {name} look {adjective}": 0.04,
    "{name} {is} {adjective}, maybe it's {light}": 0.04,
    "there's something {adjective} about {name}, it's like {simile}": 0.03,
    "seeing {name} i want to {wish}, {clause}": 0.03,
}
VERBS = {"feels": "feel", "looks": "look", "seems": "seem", "is": "are"}
# Shares of the motif's plain name ("the boat"), and of a detail without its place.
SHORT_NAME = 0.3
NO_TAIL = 0.7
SLOT = re.compile(r"{(\w+)}")

# Slots that the voice alone fills, and where their phrases stand in `Voice`.
VOICED = {"adjective": "adjectives", "noun": "nouns", "memory": "memories", "wish": "wishes", "saying": "sayings"}

Phrases = dict[str, float]  # phrase -> probability; they add up to 1


@dataclass(frozen=True)
class Utterance:
    """Clean words, and the phrase in each slot of the pattern."""

    words: str
    phrases: tuple[tuple[str, str], ...]


def skewed(phrases: tuple[str, ...]) -> Phrases:
    """The first phrase is the likeliest: weights 1/2, 1/3, 1/4 ..., normalised."""
    weights = [1 / (rank + 2) for rank in range(len(phrases))]
    return {phrase: weight / sum(weights) for phrase, weight in zip(phrases, weights, strict=True)}


def _worded(templates: Phrases, palette: str) -> Phrases:
    """Colour names put into templates; of the two tints the first comes in two cases of three."""
    found: Phrases = {}
    for template, p in templates.items():
        for tint, share in zip(TINTS[palette], (2 / 3, 1 / 3), strict=True):
            phrase = template.format(a=NAMED[palette], b=tint)
            found[phrase] = found.get(phrase, 0.0) + p * share
    return found


@cache
def names(motif: str, palette: str) -> Phrases:
    """p(phrase | motif, palette) of the motif's name."""
    long = {name: p * (1 - SHORT_NAME) for name, p in _worded(skewed(SIGHTS[motif].names), palette).items()}
    return long | {f"the {motif}": SHORT_NAME}


@cache
def lights(scene: str, palette: str, detail: str) -> Phrases:
    """p(phrase | scene, palette, detail): what the detail is called, and where it is."""
    heads = _worded(skewed(LIGHTS[detail][palette]), palette)
    tails = {f" {tail}": p * (1 - NO_TAIL) for tail, p in skewed(TAILS[scene]).items()} | {"": NO_TAIL}
    return {head + tail: p * q for head, p in heads.items() for tail, q in tails.items()}


@cache
def clauses(motif: str, voice: str) -> Phrases:
    """p(phrase | motif, voice) of the clause that gives the reason."""
    sight, bright = SIGHTS[motif], BRIGHT[voice]
    parts = ((sight.bright, bright), (sight.dark, 1 - bright))
    return {phrase: p * share for phrases, share in parts for phrase, p in skewed(phrases).items()}


@cache
def similes(motif: str, voice: str) -> Phrases:
    """p(phrase | motif, voice) of what the motif is compared with."""
    return {SIGHTS[motif].bright_simile: BRIGHT[voice], SIGHTS[motif].dark_simile: 1 - BRIGHT[voice]}


@cache
def voices(emotion: str) -> Phrases:
    """p(voice | emotion)."""
    borrowed = BORROWED[emotion]
    own = 1 - sum(borrowed.values())
    return {voice: own if voice == emotion else borrowed.get(voice, 0.0) for voice in EMOTIONS}


def choices(slot: str, description: Description, voice: str) -> Phrases:
    """p(phrase | description, voice) of any slot."""
    if slot == "name":
        return names(description.motif, description.palette)
    if slot == "light":
        return lights(description.scene, description.palette, description.detail)
    if slot == "clause":
        return clauses(description.motif, voice)
    if slot == "simile":
        return similes(description.motif, voice)
    if slot == "strokes":
        return skewed(STROKES[description.style])
    return skewed(getattr(VOICES[voice], VOICED[slot]))


def utter(description: Description, emotion: str, rng: Generator) -> Utterance:
    """What one annotator who feels `emotion` says, without typing errors."""
    voice = _pick(voices(emotion), rng)
    pattern = _pick(PATTERNS, rng)
    slots = [slot for slot in SLOT.findall(pattern) if slot not in VERBS]
    phrases = {slot: _pick(choices(slot, description, voice), rng) for slot in slots}
    plural = SIGHTS[description.motif].plural
    verbs = {verb: other if plural else verb for verb, other in VERBS.items()}
    return Utterance(pattern.format(**phrases, **verbs), tuple(phrases.items()))


def _pick(table: Phrases, rng: Generator) -> str:
    """One draw by walking the table: a single random number and additions in a fixed order."""
    left = rng.random() * sum(table.values())
    for phrase, p in table.items():
        left -= p
        if left < 0:
            return phrase
    return phrase


def neutral(description: Description) -> str:
    """What is seen, in lower case, without a word of feeling."""
    caption = SIGHTS[description.motif].neutral.format(a=NAMED[description.palette], b=TINTS[description.palette][0])
    return re.sub(r"\ba (?=[aeiou])", "an ", caption)


@cache
def _seen(slot: str, phrase: str) -> np.ndarray:
    """p(phrase | motif, palette) of a slot that the voice has no part in (motifs, palettes)."""
    table = np.zeros((len(MOTIFS), len(PALETTES)))
    for i, motif in enumerate(MOTIFS):
        scene = SCENE_OF[motif]
        if slot == "strokes":
            table[i] = np.mean([skewed(STROKES[style]).get(phrase, 0.0) for style in styles_of(scene)])
            continue
        for j, palette in enumerate(PALETTES):
            if slot == "name":
                table[i, j] = names(motif, palette).get(phrase, 0.0)
            else:
                details = DETAILS[SETTINGS[scene]]
                table[i, j] = np.mean([lights(scene, palette, detail).get(phrase, 0.0) for detail in details])
    return table


@cache
def _said(slot: str, phrase: str) -> np.ndarray:
    """p(phrase | motif, voice) of a slot that the voice has a part in (motifs, voices)."""
    if slot in VOICED:
        row = [skewed(getattr(VOICES[voice], VOICED[slot])).get(phrase, 0.0) for voice in EMOTIONS]
        return np.tile(row, (len(MOTIFS), 1))
    choose = clauses if slot == "clause" else similes
    return np.array([[choose(motif, voice).get(phrase, 0.0) for voice in EMOTIONS] for motif in MOTIFS])


@cache
def _kinds() -> np.ndarray:
    """p(motif, palette, emotion) of a corpus (motifs, palettes, emotions)."""
    table = np.zeros((len(MOTIFS), len(PALETTES), len(EMOTIONS)))
    for (motif, palette), share in prior().items():
        table[MOTIFS.index(motif), PALETTES.index(palette)] = share * emotions.of_kind(motif, palette)
    return table


@cache
def _voice_table() -> np.ndarray:
    """p(voice | emotion) (emotions, voices)."""
    return np.array([[voices(emotion)[voice] for voice in EMOTIONS] for emotion in EMOTIONS])


def p_emotion_given(utterance: Utterance) -> np.ndarray:
    """p(emotion | words) (9,) for one who knows how corpora are made, but does not see the picture."""
    seen = np.ones((len(MOTIFS), len(PALETTES)))
    said = np.ones((len(MOTIFS), len(EMOTIONS)))
    for slot, phrase in utterance.phrases:
        if slot in ("name", "light", "strokes"):
            seen = seen * _seen(slot, phrase)
        else:
            said = said * _said(slot, phrase)
    felt = (seen[:, :, None] * _kinds()).sum(axis=1)  # (motifs, emotions)
    joint = (felt[:, :, None] * said[:, None, :]).sum(axis=0)  # (emotions, voices)
    weights = (joint * _voice_table()).sum(axis=1)
    return weights / weights.sum()
