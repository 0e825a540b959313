"""Emotion flips: does the judged emotion of a caption change between an artwork and its anchor?

An anchor is an artwork for which people were asked to find a similar one that they feel the opposite about (ArtEmis v2:
Mohamed et al., CVPR 2022). A classifier judges the caption of each by its likeliest emotion. Of a pair, two things are
asked, of the emotions and of their polarity (positive, negative, else):

- `changes`: the judged emotions of the two captions differ.
- `follows`: each judged emotion is that which most people chose for the artwork; so the emotion changes as theirs does.

A pair counts if most people chose another emotion (polarity) for one artwork than for the other. The floor is the mean
over all ways to shuffle the captions among the artworks, the ceiling people's utterances, one drawn for each artwork. A
change alone is cheap: shuffled captions change, too. Intervals take pairs for independent; where many share an artwork,
they are too narrow.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from stages.common.emotions import POLARITIES, Emotions
from stages.metrics.bootstrap import corpus_values, interval, resampled, totals
from stages.metrics.emotion import EmotionJudge
from stages.metrics.evaluate import RESAMPLES
from stages.metrics.interface import Columns, ratio
from stages.metrics.ngrams import Array, Indices

# Utterances that are drawn of each artwork, one in each of as many sets.
DRAWS = 5
ROWS = {
    "emotion.changes": "pairs whose judged emotion changes",
    "emotion.follows": "pairs whose judged emotions are most people's",
    "polarity.changes": "pairs whose judged polarity changes",
    "polarity.follows": "pairs whose judged polarities are most people's",
}
VALUES = [ratio(name, f"{name}.hit", f"{name.partition('.')[0]}.pairs") for name in ROWS]


def _groups(emotions: Emotions) -> dict[str, Indices]:
    """By scope, the group of each emotion: itself, or all of its polarity, (C,)."""
    return {"emotion": np.arange(len(emotions)), "polarity": emotions.polarity_ids}


def columns(judged: Indices, majority: Indices, emotions: Emotions) -> Columns:
    """The columns of `VALUES`, (P,) each.

    Args:
        judged, majority: ids of the emotions of the two captions and of most people, (P, 2).
    """
    found: dict[str, Any] = {}
    for scope, group in _groups(emotions).items():
        captions, people = group[judged], group[majority]
        differ = people[:, 0] != people[:, 1]
        found[f"{scope}.pairs"] = differ
        found[f"{scope}.changes.hit"] = differ & (captions[:, 0] != captions[:, 1])
        found[f"{scope}.follows.hit"] = differ & (captions == people).all(1)
    return {name: column.astype(float) for name, column in found.items()}


def score(
    sides: Indices, majority: Indices, judged: Indices, people: Indices, emotions: Emotions, seed: int
) -> dict[str, dict[str, dict[str, float]]]:
    """The values of the captions, of the captions shuffled, and of people, by name.

    The first and the last with 95 % bootstrap intervals over pairs. A value for which no pair counts is left out.

    Args:
        sides: the two artworks of each pair, as rows of the A artworks, (P, 2).
        majority: id of the emotion that most people chose for each artwork, (A,).
        judged: id of the judged emotion of each artwork's caption, (A,).
        people: the same of people's utterances, (DRAWS, A).
    """
    own = columns(judged[sides], majority[sides], emotions)
    draws = [columns(drawn[sides], majority[sides], emotions) for drawn in people]
    ceiling = {name: np.mean([draw[name] for draw in draws], axis=0) for name in own}
    floor = {name: {"value": float(value)} for name, value in shuffled(judged, majority[sides], emotions).items()}
    scores = {"captions": _bounded(own, seed), "shuffled": floor, "people": _bounded(ceiling, seed)}
    return {
        system: {name: each for name, each in values.items() if np.isfinite(each["value"])}
        for system, values in scores.items()
    }


def shuffled(judged: Indices, majority: Indices, emotions: Emotions) -> dict[str, Array]:
    """The mean of each value over all A! ways to shuffle the captions.

    Args:
        judged: id of the emotion of each caption, (A,).
        majority: those that most people chose, of each pair, (P, 2).
    """
    orders = len(judged) * (len(judged) - 1)  # of two captions for a pair
    sums: dict[str, Array] = {}
    for scope, group in _groups(emotions).items():
        count = np.bincount(group[judged], minlength=max(len(emotions), len(POLARITIES)))
        people = group[majority]
        differ = people[:, 0] != people[:, 1]
        pairs = differ.sum()
        sums[f"{scope}.pairs"] = pairs
        sums[f"{scope}.changes.hit"] = pairs * (1 - (count * (count - 1)).sum() / orders)
        sums[f"{scope}.follows.hit"] = count[people[differ]].prod(1).sum() / orders
    return corpus_values(VALUES, sums)


def _bounded(found: Columns, seed: int) -> dict[str, dict[str, float]]:
    drawn = resampled(VALUES, found, RESAMPLES, seed)
    return {
        name: {"value": float(value), **dict(zip(("low", "high"), interval(drawn[name]), strict=True))}
        for name, value in corpus_values(VALUES, totals(found)).items()
    }


def draw(utterances: Sequence[Sequence[str]], seed: int) -> list[list[str]]:
    """`DRAWS` sets of one random utterance of each artwork.

    Args:
        utterances: those of each artwork, (A,), at least one.
    """
    rng = np.random.default_rng(seed)
    sizes = np.array(list(map(len, utterances)))
    places = rng.integers(sizes, size=(DRAWS, len(sizes)))
    return [[texts[place] for texts, place in zip(utterances, row, strict=True)] for row in places]


def judged(judge: EmotionJudge, texts: Sequence[str]) -> Indices:
    """Id of the likeliest emotion of each text, (N,)."""
    return judge.probabilities(texts).argmax(1)


def table(scores: Mapping[str, Mapping[str, Mapping[str, float]]], name: str) -> pd.DataFrame:
    """The result of `score` as text; `name` is that of the captions' column."""
    rows = [row for row in ROWS if row in scores["captions"]]
    cells = [[_cell(values[row]) for values in scores.values()] for row in rows]
    return pd.DataFrame(cells, index=[ROWS[row] for row in rows], columns=pd.Index([name, "shuffled", "people"]))


def _cell(entry: Mapping[str, float]) -> str:
    value, *bounds = (f"{100 * number:.1f}" for number in entry.values())
    return f"{value} %" + (f" [{', '.join(bounds)}]" if bounds else "")
